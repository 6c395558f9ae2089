import type { StoredEvent } from "../domain/event.ts";
import { compileFilter } from "../domain/filter/compile-filter.ts";
import type { CompiledFilter } from "../domain/filter/compiled-filter.ts";
import { matchesFilter } from "../domain/filter/match-filter.ts";
import { timeOfId } from "../domain/ids.ts";
import type { Job } from "../domain/job.ts";
import { matchesEvents, type Subscription, stateAt } from "../domain/subscription.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import { viewForFilters } from "./filterable-view.ts";
import { openEvent, type ReadParts } from "./read-events.ts";
import { type RunStep, readJobInput, type Step } from "./run-jobs.ts";
import { openSubscription } from "./subscription-content.ts";

/** Events read in one step. */
const STEP = 250;
/** A job is stored before its subscription; if that has not come about by then, it never will. */
const GRACE_MS = 60_000;
/** So long after a change took effect, what was matched just before is being committed at least; the feed shows it, and all before it, `feedDelayMs` later. */
export const UNDER_WAY_MS = 1_000;
/** Times of acceptance may differ so much from node to node: each is at most 5 s off the store's time. */
export const CLOCKS_APART_MS = 10_000;

export interface BackFillParts extends ReadParts {
  readonly wakeups: Wakeups;
  /** Takes `catchUpTo` off the row. */
  readonly finishCatchUp: (projectId: string, subscriptionId: string) => Promise<void>;
}

/**
 * Gives a new subscription the events accepted before it matched. Live planning goes on beside it: both insert if absent, so that what both find is delivered once. It
 * ends where the feed ends, once every node matches by the subscription and the feed shows what was accepted until then.
 */
export function makeBackFill(parts: BackFillParts): RunStep {
  return async (job, now) => {
    const { subscriptionId, ...start } = readJobInput<Start & { readonly subscriptionId: string }>(job);
    const subscription = await parts.store.readSubscription(job.projectId, subscriptionId);
    if (subscription === null)
      return { done: 0, next: now - job.createdAt < GRACE_MS ? "later" : "finished" };
    if (!matchesEvents(stateAt(subscription, now))) return { done: 0, next: "finished" };
    const step = await fillFrom(parts, { job, subscription, start, now });
    if (step.next === "finished") await parts.finishCatchUp(job.projectId, subscriptionId);
    return step;
  };
}

interface Start {
  /** `earliest`, or a time in ms. */
  readonly from: string;
  /** The feed position to begin behind: the times of events that other nodes accept do not tell exactly. */
  readonly after: string | null;
}

interface Fill {
  readonly job: Job;
  readonly subscription: Subscription;
  readonly start: Start;
  readonly now: number;
}

async function fillFrom(parts: BackFillParts, { job, subscription, start, now }: Fill): Promise<Step> {
  const { store, wakeups } = parts;
  const { projectId } = job;
  const since = start.from === "earliest" ? 0 : Number(start.from);
  const after = job.position ?? start.after ?? (since === 0 ? null : await store.seekFeed(projectId, since));
  const request = { projectId, after, subjectIndex: null, limit: STEP, now };
  const page = await store.readFeed({ ...request, withUnderWay: true });
  // What retention has removed meanwhile cannot be given: go on with the oldest kept.
  if (page.outcome !== "page")
    return { done: 0, next: "go_on", position: await store.seekFeed(projectId, since) };
  const filter = await filterOf(parts, subscription);
  // Where the feed was held up when the job was made, much older events stand behind its position.
  const firstAt = start.after === null ? since : since - CLOCKS_APART_MS;
  const isWanted = (event: StoredEvent) => timeOfId(event.id) >= firstAt;
  const events: StoredEvent[] = [];
  for (const { event } of page.items) {
    if (isWanted(event) && (await passesFilter(parts, filter, event))) events.push(event);
  }
  const deliveries = events.map(({ id }) => ({
    ...{ eventId: id, subscriptionId: subscription.id, cause: "live", dueAt: now },
    ...{ ordered: subscription.ordered, parks: subscription.onDead === "park", takesNewPosition: false },
  }));
  const done = deliveries.length === 0 ? 0 : await store.addDeliveries({ projectId, deliveries, now });
  if (done > 0) wakeups.wake(deliveryTopic(subscription.id));
  if (page.items.length === STEP) return { done, next: "go_on", position: page.end };
  const isShown = now >= subscription.effectiveAt + UNDER_WAY_MS + store.feedDelayMs;
  return { done, next: isShown && page.isHeldUp !== true ? "finished" : "later", position: page.end };
}

/** The compiled filter of a subscription; null: everything. */
export async function filterOf(
  { sealer }: ReadParts,
  subscription: Subscription,
): Promise<CompiledFilter | null> {
  const { filter } = await openSubscription(sealer, subscription);
  const compiled = compileFilter(filter);
  if (compiled.outcome === "invalid") throw new Error("a stored filter does not compile");
  return compiled.filter;
}

/** True if the event, opened for it, passes the filter. */
export async function passesFilter(
  { sealer }: ReadParts,
  filter: CompiledFilter | null,
  event: StoredEvent,
): Promise<boolean> {
  if (filter === null) return true;
  const { content } = await openEvent(sealer, event, null);
  return matchesFilter(filter, viewForFilters({ ...event, ...content }));
}
