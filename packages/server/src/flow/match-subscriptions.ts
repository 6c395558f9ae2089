import { TriggersError } from "../domain/errors.ts";
import { compileFilter } from "../domain/filter/compile-filter.ts";
import type { CompiledFilter } from "../domain/filter/compiled-filter.ts";
import { type FilterIndex, makeFilterIndex } from "../domain/filter/filter-index.ts";
import type { FilterableEvent } from "../domain/filter/filterable-event.ts";
import type { MainMatches, Subscription } from "../domain/subscription.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { PlannedDelivery } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { openSubscription } from "./subscription-content.ts";

/** A compiled filter and the version of the subscription it was read from; null: everything. */
interface KnownFilter {
  readonly version: number;
  readonly filter: CompiledFilter | null;
}

/** The subscriptions of one project, ready to be matched. */
export interface Matcher {
  readonly version: number;
  /** By subscription, for the next reading. */
  readonly filters: ReadonlyMap<string, KnownFilter>;
  /** The deliveries that an event accepted at `now` gets, decided once and for all. */
  plan(event: FilterableEvent, now: number): readonly PlannedDelivery[];
  /** How many of them go to webhooks. */
  pushes(plan: readonly PlannedDelivery[]): number;
}

export interface Matchers {
  /** The matcher if it is fresh enough to accept events by. */
  fresh(projectId: string): Matcher | null;
  /** Reads what changed and gives a fresh matcher. Refused (`storage_unavailable`): the store answers too slowly for one. */
  refresh(projectId: string): Promise<Matcher>;
  /** A subscription of the project was changed on this node: what was read before its answer no longer counts. */
  invalidate(projectId: string): void;
}

/** With replicas, a snapshot older than this is read again before a group begins. */
const FRESH_MS = 2_000;
/** What came too late is read again so often. */
const REFRESH_TRIES = 3;
/** Projects kept in memory; the ones read longest ago go first. */
const MOST_PROJECTS = 10_000;

interface Entry {
  readonly matcher: Matcher;
  /** When the reading began, by the store's time and on the monotonic clock. */
  readonly readAt: { readonly now: number; readonly monotonic: number };
  readonly isValid: boolean;
}

export function makeMatchers(parts: {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
}): Matchers {
  const { store, clock } = parts;
  const entries = new Map<string, Entry>();
  let changes = 0;
  // The monotonic clock stands still while the machine sleeps, the other one can be set back.
  const ageMs = ({ readAt }: Entry) =>
    Math.max(clock.monotonic() - readAt.monotonic, clock.now() - readAt.now);
  const isYoung = (entry: Entry) => store.matchDelayMs === 0 || ageMs(entry) <= FRESH_MS;
  return {
    fresh(projectId) {
      const entry = entries.get(projectId);
      return entry?.isValid === true && isYoung(entry) ? entry.matcher : null;
    },
    async refresh(projectId) {
      for (let tries = 0; tries < REFRESH_TRIES; tries++) {
        const changesBefore = changes;
        const readAt = { now: clock.now(), monotonic: clock.monotonic() };
        const matcher = await readMatcher(parts, projectId, entries.get(projectId)?.matcher);
        const entry = { matcher, readAt, isValid: changes === changesBefore };
        entries.delete(projectId);
        entries.set(projectId, entry);
        forgetOldest(entries);
        if (isYoung(entry)) return matcher;
      }
      throw new TriggersError("storage_unavailable", "The store answers too slowly; send the same again.");
    },
    invalidate(projectId) {
      changes += 1;
      const entry = entries.get(projectId);
      if (entry !== undefined) entries.set(projectId, { ...entry, isValid: false });
    },
  };
}

function forgetOldest(entries: Map<string, Entry>): void {
  if (entries.size <= MOST_PROJECTS) return;
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}

async function readMatcher(
  { store, sealer }: { readonly store: Store; readonly sealer: Sealer },
  projectId: string,
  known: Matcher | undefined,
): Promise<Matcher> {
  const { version, subscriptions } = await store.readMatchSet(projectId, known?.version ?? null);
  if (subscriptions === null && known !== undefined) return known;
  const filters = new Map<string, KnownFilter>();
  for (const subscription of subscriptions ?? []) {
    const before = known?.filters.get(subscription.id);
    const isSame = before !== undefined && before.version === subscription.version;
    filters.set(subscription.id, isSame ? before : await readFilter(sealer, subscription));
  }
  return makeMatcher(version, subscriptions ?? [], filters);
}

/** Opening and compiling is most of the work: of 10,000 subscriptions only the changed ones are read anew. */
async function readFilter(sealer: Sealer, subscription: Subscription): Promise<KnownFilter> {
  const { filter } = await openSubscription(sealer, subscription);
  return { version: subscription.version, filter: compileStored(filter) };
}

function makeMatcher(
  version: number,
  subscriptions: readonly Subscription[],
  filters: ReadonlyMap<string, KnownFilter>,
): Matcher {
  const main = subscriptions.find(({ matches }) => matches !== null);
  const others = subscriptions.filter(({ matches }) => matches === null);
  const index: FilterIndex = makeFilterIndex(
    others.map(({ id }) => ({ id, filter: filters.get(id)?.filter ?? null })),
  );
  const planned = new Map(subscriptions.map((one) => [one.id, planDelivery(one)]));
  const ends = new Map(others.flatMap(({ id, expiresAt }) => (expiresAt === null ? [] : [[id, expiresAt]])));
  const mainPlan = main === undefined ? undefined : planned.get(main.id);
  const webhooks = new Set(others.filter(({ channel }) => channel === "webhook").map(({ id }) => id));
  return {
    version,
    filters,
    pushes: (plan) =>
      webhooks.size === 0
        ? 0
        : plan.reduce((sum, { subscriptionId }) => sum + Number(webhooks.has(subscriptionId)), 0),
    plan(event, now) {
      const plan: PlannedDelivery[] = [];
      for (const id of index.match(event)) {
        const delivery = planned.get(id);
        if (delivery !== undefined && (ends.get(id) ?? Infinity) > now) plan.push(delivery);
      }
      if (mainPlan !== undefined && mainTakes(main?.matches ?? "none", plan.length)) plan.push(mainPlan);
      return plan;
    },
  };
}

function mainTakes(matches: MainMatches, matched: number): boolean {
  return matches === "all" || (matches === "unmatched" && matched === 0);
}

function planDelivery({ id, ordered, onDead }: Subscription): PlannedDelivery {
  return { subscriptionId: id, ordered, parks: onDead === "park" };
}

function compileStored(pattern: unknown) {
  const compiled = compileFilter(pattern ?? null);
  if (compiled.outcome === "compiled") return compiled.filter;
  throw new Error(`a stored filter does not compile: ${compiled.faults[0]?.detail ?? "no reason"}`);
}
