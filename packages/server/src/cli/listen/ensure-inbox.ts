import type { Subscription, SubscriptionStats, Triggers } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";
import { SUBSCRIPTION_LIMITS } from "../../domain/subscription.ts";
import { AT_ONCE } from "../connection/wait-for-server.ts";
import { findByName } from "../subscriptions/find-subscription.ts";
import type { ListenWish } from "./read-wish.ts";

export interface ListenInbox extends Pick<Subscription, "id" | "start_from"> {
  readonly name: string;
  /** Made by `listen`, which may therefore change and remove it. */
  readonly isOurs: boolean;
}

/** Marks the inboxes that `listen` made. */
const LABEL = "triggers-listen";

/**
 * A lease counts as an attempt even if the event then waits for a program that is being restarted; a webhook would count none there. So that nobody loses events to
 * that, the inbox allows as many as there may be.
 */
const MAX_ATTEMPTS = SUBSCRIPTION_LIMITS.maxAttempts;

/** Makes the inbox, or takes the one of its name: what `listen` made is made to fit, what somebody else made is used as it is. Gives what waits in it, too. */
export async function ensureInbox(
  triggers: Triggers,
  wish: ListenWish,
): Promise<{ readonly inbox: ListenInbox; readonly waiting: SubscriptionStats["pending"] }> {
  const present = wish.isNamed ? await findByName(triggers, wish.name, AT_ONCE) : null;
  const isForeign = present !== null && present.state !== "ended" && !present.labels.includes(LABEL);
  const inbox = isForeign ? useForeign(present, wish) : await makeOurs(triggers, wish);
  const { pending } = await triggers.subscriptions.stats(inbox.id, AT_ONCE);
  return { inbox, waiting: pending };
}

async function makeOurs(triggers: Triggers, { name, filter, since }: ListenWish): Promise<ListenInbox> {
  const { id, start_from } = await triggers.subscriptions.ensure(
    name,
    {
      channel: "inbox",
      filter,
      labels: [LABEL],
      start_from: since ?? "now",
      retry: { max_attempts: MAX_ATTEMPTS },
    },
    AT_ONCE,
  );
  return { id, name, start_from, isOurs: true };
}

function useForeign(inbox: Subscription, { name, filter, since, keep }: ListenWish): ListenInbox {
  if (inbox.channel !== "inbox")
    throw new OperatorError(`${name} is a webhook, which the server serves itself. Give another --name.`);
  if (filter !== null || since !== null || !keep)
    throw new OperatorError(
      `${name} was not made by \`triggers listen\` and stays as it is: leave out --type, --filter, --since and --no-keep, or give another --name.`,
    );
  return { id: inbox.id, name, start_from: inbox.start_from, isOurs: false };
}
