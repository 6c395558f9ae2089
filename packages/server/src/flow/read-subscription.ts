import { TriggersError } from "../domain/errors.ts";
import { matchesEvents, type Subscription, stateAt } from "../domain/subscription.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { openSubscription } from "./subscription-content.ts";
import type { SubscriptionView } from "./views.ts";

interface Parts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export function subscriptionNotFound(): TriggersError {
  return new TriggersError("not_found", "There is no subscription with this id.");
}

/** With its content opened, in the state it has now. */
export async function viewSubscription(
  { sealer, clock }: Pick<Parts, "sealer" | "clock">,
  subscription: Subscription,
): Promise<SubscriptionView> {
  const content = await openSubscription(sealer, subscription);
  const state = stateAt(subscription, clock.now());
  const stateReason = state === subscription.state ? subscription.stateReason : "expired";
  return { subscription: { ...subscription, state, stateReason }, ...content };
}

export async function readSubscription(
  parts: Parts,
  projectId: string,
  id: string,
): Promise<SubscriptionView> {
  const subscription = await parts.store.readSubscription(projectId, id);
  if (subscription === null || subscription.state === "deleted") throw subscriptionNotFound();
  return viewSubscription(parts, subscription);
}

export async function findInbox(
  { store, clock }: Pick<Parts, "store" | "clock">,
  projectId: string,
  idOrName: string,
): Promise<Subscription> {
  const subscription =
    (await store.readSubscriptionByName(projectId, idOrName)) ??
    (await store.readSubscription(projectId, idOrName));
  const isThere = subscription?.channel === "inbox" && matchesEvents(stateAt(subscription, clock.now()));
  if (!isThere) throw new TriggersError("not_found", "There is no inbox with this id or name.");
  return subscription;
}
