import type { EventRecord } from "../event-store.ts";
import type { Head } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { groupByProject, type Outcomes, outcomesOf, type Stored } from "./record-outcomes.ts";
import { storeEvents } from "./store-events.ts";

const NO_HEADS: ReadonlyMap<string, Head> = new Map();

/** Records with neither idempotency nor ordering key: all that they need goes to the server at once. */
export async function recordPlain(db: Database, records: readonly EventRecord[]): Promise<Outcomes> {
  if (records.length === 0) return [];
  const stored = await db.transact(async (tx) =>
    groupByProject(records).map(({ projectId, group }): Stored => {
      const entries = group.map((record) => ({ record, position: null, isPlanned: record.isWide }));
      return { entries, count: storeEvents(tx, projectId, { entries, heads: NO_HEADS }) };
    }),
  );
  return outcomesOf(stored);
}
