import type { RequestOptions, Subscription, Triggers } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAGE = 1_000;

/** The subscription of an id, or of a name. */
export async function findSubscription(triggers: Triggers, idOrName: string): Promise<Subscription> {
  if (UUID.test(idOrName)) return await triggers.subscriptions.get(idOrName);
  const subscription = await findByName(triggers, idOrName);
  if (subscription !== null) return subscription;
  throw new OperatorError(
    `There is no subscription ${idOrName}. \`triggers subscriptions list\` shows them.`,
  );
}

/** The same where one need not be named. */
export async function idOf(triggers: Triggers, idOrName: string | undefined): Promise<string | undefined> {
  return idOrName === undefined ? undefined : (await findSubscription(triggers, idOrName)).id;
}

/** The one that bears a name; null: nobody does. One that has ended leaves its name to others. */
export async function findByName(
  triggers: Triggers,
  name: string,
  options: RequestOptions = {},
): Promise<Subscription | null> {
  let ended: Subscription | null = null;
  for await (const subscription of triggers.subscriptions.list({ limit: PAGE }, options)) {
    if (subscription.name !== name) continue;
    if (subscription.state !== "ended") return subscription;
    ended ??= subscription;
  }
  return ended;
}
