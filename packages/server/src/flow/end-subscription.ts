import { matchesEvents, type Subscription, stateAt } from "../domain/subscription.ts";
import { updateSubscription } from "./change-subscription.ts";
import type { SubscriptionParts } from "./create-subscription.ts";
import type { TellOwner } from "./tell-owner.ts";

interface SubscriptionRef {
  readonly projectId: string;
  readonly id: string;
}

export interface EndParts extends SubscriptionParts {
  readonly tellOwner: TellOwner;
}

/** Subscriptions ended in one round. */
const EXPIRED_STEP = 100;
/** A webhook without one success for so long is disabled: 5 days. */
const DISABLE_AFTER_MS = 5 * 86_400_000;
const NO_SUCCESS = "no_success";

/** Ends a subscription for good, if it has not ended yet: one write on its row; a job makes its open deliveries dead and tells the owner how many there were. */
export async function endSubscription(
  parts: EndParts,
  { projectId, id }: SubscriptionRef,
  reason: "gone" | "expired",
): Promise<void> {
  const { store, jobs, clock } = parts;
  const present = await store.readSubscription(projectId, id);
  if (present === null || !matchesEvents(present.state)) return;
  // The job is there first: a crash right after the end leaves nobody who would not know of it.
  const job = await jobs.create(projectId, "end_subscription", { subscriptionId: id });
  let isOurs = false;
  await updateSubscription(parts, { projectId, id }, (row) => {
    isOurs = matchesEvents(row.state);
    return isOurs ? { ...row, state: "ended", stateReason: reason } : null;
  });
  // Whoever was faster has a job of its own, and one of them tells.
  if (!isOurs) await store.cancelJob(projectId, job.id, clock.now());
  jobs.kick();
}

/** Writes down what has ended by its time. */
export async function endExpired(parts: EndParts): Promise<void> {
  for (const { projectId, id } of await parts.store.listExpired(parts.clock.now(), EXPIRED_STEP)) {
    await endSubscription(parts, { projectId, id }, "expired");
  }
}

/** Notes since when a webhook has had no success, and disables it after 5 days; deliveries are kept. */
export async function noteFailing(
  parts: EndParts,
  subscription: Subscription,
  isFailing: boolean,
): Promise<void> {
  const { projectId, id, failingSince } = subscription;
  const now = parts.clock.now();
  const isLongEnough = failingSince !== null && now - failingSince >= DISABLE_AFTER_MS;
  if (isFailing ? failingSince !== null && !isLongEnough : failingSince === null) return;
  // Of requests that fail together one alone disables it, and tells.
  let disables = false;
  await updateSubscription(parts, { projectId, id }, (row, at) => {
    disables = false;
    if (stateAt(row, at) !== "active") return null;
    if (!isFailing) return row.failingSince === null ? null : { ...row, failingSince: null };
    if (row.failingSince === null) return { ...row, failingSince: at };
    disables = at - row.failingSince >= DISABLE_AFTER_MS;
    return disables ? { ...row, state: "disabled", stateReason: NO_SUCCESS } : null;
  });
  if (disables)
    parts.tellOwner(projectId, "subscription.disabled", { subscription_id: id, reason: NO_SUCCESS });
}
