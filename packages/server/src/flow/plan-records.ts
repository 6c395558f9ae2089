import type { EventRecord } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import type { PlanRecords, UnplannedRecord } from "./group-commit.ts";
import type { Matcher, Matchers } from "./match-subscriptions.ts";
import type { RecentEvents } from "./recent-events.ts";

/** More matches than this are committed as a plan beside the event and expanded afterwards. */
const WIDE_PLAN = 40;

/** Decides, as a group begins, which subscriptions its events go to. */
export function makePlanRecords({ matchers, recent, clock }: Parts): PlanRecords {
  return async (records) => {
    const known = await freshMatchers(matchers, records);
    const now = clock.now();
    return records.map((record) => {
      const matcher = known.get(record.event.projectId) ?? new Error("a project has no matcher");
      if (matcher instanceof Error) return matcher;
      const plan = matcher.plan(record.filterable, now);
      const pushes = matcher.pushes(plan);
      if (pushes > 0) {
        const view = { event: record.event, content: record.content, status: null };
        recent.put(view, { pushes, now: clock.monotonic() });
      }
      return planRecord(record, plan);
    });
  };
}

/** Records what was planned. After a failure it is matched anew: the store may have gone back behind what it was matched by. */
export function makeRecordPlanned(
  store: Pick<Store, "recordEvents">,
  matchers: Matchers,
): Store["recordEvents"] {
  return async (records) => {
    try {
      return await store.recordEvents(records);
    } catch (error) {
      for (const projectId of new Set(records.map(({ event }) => event.projectId)))
        matchers.invalidate(projectId);
      throw error;
    }
  };
}

interface Parts {
  readonly matchers: Matchers;
  readonly recent: RecentEvents;
  readonly clock: Clock;
}

/** One project that cannot be read fails its own records alone. */
async function freshMatchers(
  matchers: Matchers,
  records: readonly UnplannedRecord[],
): Promise<ReadonlyMap<string, Matcher | Error>> {
  const known = new Map<string, Matcher | Error>();
  const stale = new Set<string>();
  for (const projectId of new Set(records.map(({ event }) => event.projectId))) {
    const matcher = matchers.fresh(projectId);
    if (matcher === null) stale.add(projectId);
    else known.set(projectId, matcher);
  }
  for (const projectId of stale) known.set(projectId, await matchers.refresh(projectId).catch(asError));
  return known;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function planRecord(record: UnplannedRecord, plan: EventRecord["plan"]): EventRecord {
  const { event, sealOrder, dueAt, idempotency } = record;
  return { event, sealOrder, dueAt, idempotency, plan, isWide: plan.length > WIDE_PLAN };
}
