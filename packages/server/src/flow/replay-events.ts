import { TriggersError } from "../domain/errors.ts";
import type { StoredEvent } from "../domain/event.ts";
import { compileFilter } from "../domain/filter/compile-filter.ts";
import type { CompiledFilter } from "../domain/filter/compiled-filter.ts";
import { timeOfId } from "../domain/ids.ts";
import type { Job } from "../domain/job.ts";
import { matchesEvents, type Subscription, stateAt } from "../domain/subscription.ts";
import type { PlannedDelivery } from "../store/event-store.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import { CLOCKS_APART_MS, filterOf, passesFilter } from "./back-fill.ts";
import { checkFilter } from "./create-subscription.ts";
import { viewForFilters } from "./filterable-view.ts";
import type { Matchers } from "./match-subscriptions.ts";
import { eventNotFound, openEvent, type ReadParts } from "./read-events.ts";
import { subscriptionNotFound } from "./read-subscription.ts";
import { type RunJobs, type RunStep, readJobInput, type Step } from "./run-jobs.ts";
import type { Counted, ReplayWish } from "./views.ts";

const STEP = 250;
/** Events looked at for a dry run; a count that reaches it says so. */
const DRY_RUN_EVENTS = 100_000;

export interface ReplayParts extends ReadParts {
  readonly wakeups: Wakeups;
  readonly matchers: Matchers;
  readonly jobs: RunJobs;
}

/** Stores a replay as a job. */
export async function startReplay(parts: ReplayParts, projectId: string, wish: ReplayWish): Promise<Job> {
  checkFilter(wish.filter);
  if (wish.subscriptionId !== null) await readTarget(parts, projectId, wish.subscriptionId);
  const job = await parts.jobs.create(projectId, "replay", wish);
  parts.jobs.kick();
  return job;
}

/** How many deliveries a replay would make, as far as 100,000 events, and what the feed shows now, tell. */
export async function countReplay(parts: ReplayParts, projectId: string, wish: ReplayWish): Promise<Counted> {
  checkFilter(wish.filter);
  const scope = await openScope(parts, projectId, wish);
  let position: string | null = await startOf(parts, projectId, wish);
  let count = 0;
  for (let seen = 0; seen < DRY_RUN_EVENTS; ) {
    const page = await readPage(parts, projectId, { after: position, limit: STEP });
    for (const event of page.events) count += (await targetsOf(parts, scope, event)).length;
    if (page.isEnd) return { count, more: page.isHeldUp };
    seen += page.events.length;
    position = page.end;
  }
  return { count, more: true };
}

/** Delivers one event anew: to the subscription named, or to all that match today. */
export async function replayEvent(
  parts: ReplayParts,
  projectId: string,
  wish: { readonly eventId: string; readonly subscriptionId: string | null },
): Promise<Job> {
  const [event] = await parts.store.readEvents(projectId, [wish.eventId], parts.clock.now());
  if (event === undefined) throw eventNotFound();
  const { subscriptionId, eventId } = wish;
  if (subscriptionId !== null) await readTarget(parts, projectId, subscriptionId);
  const job = await parts.jobs.create(projectId, "replay", { ...NO_BOUNDS, subscriptionId, eventId });
  parts.jobs.kick();
  return job;
}

const NO_BOUNDS = { filter: null, after: null, before: null, ratePerSecond: null };

async function readTarget(
  { store, clock }: ReplayParts,
  projectId: string,
  id: string,
): Promise<Subscription> {
  const subscription = await store.readSubscription(projectId, id);
  if (subscription === null || subscription.state === "deleted") throw subscriptionNotFound();
  if (matchesEvents(stateAt(subscription, clock.now()))) return subscription;
  throw new TriggersError(
    "subscription_ended",
    "It has ended for good and takes no delivery; make a new one.",
  );
}

interface Scope {
  readonly wish: ReplayWish;
  readonly filter: CompiledFilter | null;
  /** The one subscription it goes to, with its own filter. */
  readonly target: { readonly plan: PlannedDelivery; readonly filter: CompiledFilter | null } | null;
}

async function openScope(parts: ReplayParts, projectId: string, wish: ReplayWish): Promise<Scope> {
  const compiled = compileFilter(wish.filter);
  const filter = compiled.outcome === "compiled" ? compiled.filter : null;
  if (wish.subscriptionId === null) return { wish, filter, target: null };
  const subscription = await readTarget(parts, projectId, wish.subscriptionId);
  const plan = {
    subscriptionId: subscription.id,
    ordered: subscription.ordered,
    parks: subscription.onDead === "park",
  };
  return { wish, filter, target: { plan, filter: await filterOf(parts, subscription) } };
}

/** The deliveries an event gets by today's subscriptions. */
async function targetsOf(
  parts: ReplayParts,
  scope: Scope,
  event: StoredEvent,
): Promise<readonly PlannedDelivery[]> {
  const { wish, filter, target } = scope;
  const at = timeOfId(event.id);
  if (at < (wish.after ?? 0) || at >= (wish.before ?? Infinity)) return [];
  if (!(await passesFilter(parts, filter, event))) return [];
  if (target !== null) return (await passesFilter(parts, target.filter, event)) ? [target.plan] : [];
  const { projectId } = event;
  const matcher = parts.matchers.fresh(projectId) ?? (await parts.matchers.refresh(projectId));
  const { content } = await openEvent(parts.sealer, event, null);
  return matcher.plan(viewForFilters({ ...event, ...content }), parts.clock.now());
}

function startOf({ store }: ReplayParts, projectId: string, { after }: ReplayWish): Promise<string | null> {
  return after === null ? Promise.resolve(null) : store.seekFeed(projectId, after);
}

async function readPage(
  { store, clock }: ReplayParts,
  projectId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
) {
  const request = { projectId, after, subjectIndex: null, limit, now: clock.now() };
  const page = await store.readFeed({ ...request, withUnderWay: true });
  if (page.outcome !== "page")
    return { events: [], end: await store.seekFeed(projectId, 0), isEnd: false, isHeldUp: false };
  const events = page.items.map(({ event }) => event);
  return { events, end: page.end, isEnd: events.length < limit, isHeldUp: page.isHeldUp === true };
}

type ReplayInput = ReplayWish & { readonly eventId?: string };

/** The steps of a replay: its deliveries have the job's id as their cause. */
export function makeReplay(parts: ReplayParts): RunStep {
  return async (job, now) => {
    const wish = readJobInput<ReplayInput>(job);
    if (wish.eventId !== undefined) return replayOne(parts, job, { ...wish, eventId: wish.eventId });
    const scope = await openScope(parts, job.projectId, wish);
    const position = job.position ?? (await startOf(parts, job.projectId, wish));
    const page = await readPage(parts, job.projectId, {
      after: position,
      limit: Math.min(STEP, wish.ratePerSecond ?? STEP),
    });
    // What is accepted after the replay was asked for is none of its business.
    const old = page.events.filter(({ id }) => timeOfId(id) <= job.createdAt);
    const done = await deliverAnew(parts, job, { scope, events: old });
    const wantedUntil = Math.min(job.createdAt, wish.before ?? Infinity);
    const isAllShown = now >= wantedUntil + parts.store.feedDelayMs;
    const isPassed = page.events.some(({ id }) => timeOfId(id) > job.createdAt + CLOCKS_APART_MS);
    const isOver = isPassed || (page.isEnd && isAllShown && !page.isHeldUp);
    const next = page.isEnd ? "later" : "go_on";
    const waitMs = wish.ratePerSecond === null ? 0 : (done * 1_000) / wish.ratePerSecond;
    return { done, next: isOver ? "finished" : next, position: page.end, waitMs };
  };
}

async function replayOne(
  parts: ReplayParts,
  job: Job,
  wish: ReplayInput & { eventId: string },
): Promise<Step> {
  const events = await parts.store.readEvents(job.projectId, [wish.eventId], parts.clock.now());
  const scope = await openScope(parts, job.projectId, wish);
  // Whoever names event and subscription means it, whatever the filter says.
  const named = scope.target === null ? scope : { ...scope, target: { ...scope.target, filter: null } };
  return { done: await deliverAnew(parts, job, { scope: named, events }), next: "finished" };
}

async function deliverAnew(
  parts: ReplayParts,
  { id: cause, projectId }: Job,
  { scope, events }: { readonly scope: Scope; readonly events: readonly StoredEvent[] },
): Promise<number> {
  const now = parts.clock.now();
  const targets = await Promise.all(events.map((event) => targetsOf(parts, scope, event)));
  const deliveries = events.flatMap(({ id: eventId }, index) =>
    (targets[index] ?? []).map((plan) => ({ ...plan, eventId, cause, dueAt: now, takesNewPosition: true })),
  );
  if (deliveries.length === 0) return 0;
  const added = await parts.store.addDeliveries({ projectId, deliveries, now });
  for (const id of new Set(deliveries.map(({ subscriptionId }) => subscriptionId)))
    parts.wakeups.wake(deliveryTopic(id));
  return added;
}
