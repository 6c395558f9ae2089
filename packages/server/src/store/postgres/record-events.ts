import type { EventRecord, RecordOutcome } from "../event-store.ts";
import { inEpoch } from "./feed-epochs.ts";
import type { Database } from "./open-database.ts";
import { recordKeyed } from "./record-keyed.ts";
import { recordPlain } from "./record-plain.ts";

/**
 * Records without idempotency and ordering key are committed beside those that have one: they never wait for a lock. Whoever finds its idempotency key claimed by
 * another transaction waits for it, and is its replay or, if that one is undone, the first.
 */
export async function recordEvents(
  db: Database,
  records: readonly EventRecord[],
): Promise<readonly RecordOutcome[]> {
  // As it is now: what is read while these wait was not planned by.
  const livesNow = new Map(
    records.map(({ event: { projectId } }) => [projectId, db.lives.get(projectId) ?? null]),
  );
  const plain = records.filter((record) => !isKeyed(record));
  const keyed = plain.length === 0 ? records : records.filter(isKeyed);
  const both = await Promise.all([
    inEpoch(db, () => recordPlain(db, plain, livesNow)),
    inEpoch(db, () => recordKeyed(db, keyed, livesNow)),
  ]);
  const outcomes = new Map(both.flat());
  return records.map((record) => outcomes.get(record) ?? { outcome: "no_project" });
}

function isKeyed({ idempotency, event }: EventRecord): boolean {
  return idempotency !== null || event.orderingKeyIndex !== null;
}
