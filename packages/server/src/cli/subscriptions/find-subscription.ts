import type { Subscription, Triggers } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAGE = 1_000;

/** The subscription of an id, or of a name. */
export async function findSubscription(triggers: Triggers, idOrName: string): Promise<Subscription> {
  if (UUID.test(idOrName)) return await triggers.subscriptions.get(idOrName);
  for await (const subscription of triggers.subscriptions.list({ limit: PAGE })) {
    if (subscription.name === idOrName) return subscription;
  }
  throw new OperatorError(
    `There is no subscription ${idOrName}. \`triggers subscriptions list\` shows them.`,
  );
}
