import type { Job } from "../domain/job.ts";
import { type Subscription, stateAt } from "../domain/subscription.ts";
import type { Store } from "../store/store.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import { UNDER_WAY_MS } from "./back-fill.ts";
import { giveToMain } from "./give-to-main.ts";
import { type RunStep, readJobInput, type Step } from "./run-jobs.ts";
import type { TellOwner } from "./tell-owner.ts";

/** Deliveries settled in one step. */
const STEP = 500;
/** A job is stored before the row of its subscription is changed; if that has not come about by then, it never will. */
const GRACE_MS = 60_000;

interface Input {
  readonly subscriptionId: string;
  /** Of a delete with replicas: the end of the feed before it. */
  readonly after?: string | null;
}

export interface CloseParts {
  readonly store: Store;
  readonly wakeups: Wakeups;
  readonly tellOwner: TellOwner;
}

/**
 * Writes the rows behind a delete (open deliveries become cancelled) or an end (they become dead, with the reason of the end), also of events that a node accepted before it knew. What of those
 * went to a deleted subscription alone goes to the main inbox.
 */
export function makeCloseSubscription(parts: CloseParts): RunStep {
  const { store, tellOwner } = parts;
  return async (job, now) => {
    const { projectId, createdAt } = job;
    const { subscriptionId, after } = readJobInput<Input>(job);
    const subscription = await store.readSubscription(projectId, subscriptionId);
    const state = subscription === null ? "deleted" : stateAt(subscription, now);
    if (state !== "deleted" && state !== "ended") return waitFor(now - createdAt);
    const reason = subscription?.stateReason === "gone" ? "gone" : "expired";
    const command =
      state === "ended" ? ({ kind: "give_up", reason } as const) : ({ kind: "drop_subscription" } as const);
    const done = await store.closeDeliveries({ projectId, subscriptionId, command, limit: STEP, now });
    if (done === STEP) return { done, next: "go_on" };
    const readsFeed = state === "deleted" && typeof after === "string";
    const delayMs = readsFeed ? store.feedDelayMs : 0;
    if (subscription !== null && now < knownFrom(store, subscription) + delayMs)
      return { done, next: "later" };
    if (readsFeed) {
      const deleted = { projectId, subscriptionId, after: job.position ?? after, now };
      const given = await giveToMain(parts, deleted);
      if (given.next !== "finished") return { done, ...given };
    }
    if (state === "ended") tellEnded(tellOwner, job, { subscriptionId, reason, count: job.done + done });
    return { done, next: "finished" };
  };
}

/** From then on no node matches by a subscription that is over, and what was matched before is being committed at least. With one node that is at once. */
function knownFrom({ matchDelayMs }: Store, { updatedAt }: Subscription): number {
  return matchDelayMs === 0 ? 0 : updatedAt + matchDelayMs + UNDER_WAY_MS;
}

function waitFor(ageMs: number): Step {
  return { done: 0, next: ageMs < GRACE_MS ? "later" : "finished" };
}

/** One notice for all: the deliveries given up have none of their own. */
function tellEnded(
  tellOwner: TellOwner,
  { projectId }: Job,
  end: { readonly subscriptionId: string; readonly reason: string; readonly count: number },
): void {
  const { subscriptionId, reason, count } = end;
  tellOwner(projectId, "subscription.ended", {
    subscription_id: subscriptionId,
    reason,
    deliveries_given_up: count,
  });
}
