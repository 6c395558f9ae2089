import type { EventRecord } from "../event-store.ts";
import type { Head } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { groupByProject, type Lives, type Outcomes, outcomesOf, type Stored } from "./record-outcomes.ts";
import { type Entry, storeEvents, storePlain } from "./store-events.ts";

const NO_HEADS: ReadonlyMap<string, Head> = new Map();

/**
 * Records with neither idempotency nor ordering key: all that they need goes to the server at once. Those of one project are one statement, without BEGIN and COMMIT: in turn with a transaction of two inserts, medians of 16 rounds
 * of 2 s with 64 connections, 1.13 times the throughput, and 66 instead of 74 µs of this process's CPU for an event.
 */
export async function recordPlain(
  db: Database,
  records: readonly EventRecord[],
  lives: Lives,
): Promise<Outcomes> {
  if (records.length === 0) return [];
  const groups = groupByProject(records).map(({ projectId, group }) => ({
    projectId,
    entries: group.map(entryOf),
    life: lives.get(projectId) ?? null,
  }));
  const [first, second] = groups;
  if (first !== undefined && second === undefined && !records.some(({ isWide }) => isWide)) {
    const { projectId, entries } = first;
    return outcomesOf([{ entries, count: storePlain(db, projectId, first) }]);
  }
  const stored = await db.transact(async (tx) =>
    groups.map(({ projectId, entries, life }): Stored => {
      return { entries, count: storeEvents(tx, projectId, { entries, life, heads: NO_HEADS }) };
    }),
  );
  return outcomesOf(stored);
}

function entryOf(record: EventRecord): Entry {
  return { record, position: null, isPlanned: record.isWide };
}
