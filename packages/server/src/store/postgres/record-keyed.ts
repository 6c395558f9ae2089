import { timeOfId } from "../../domain/ids.ts";
import type { EventRecord } from "../event-store.ts";
import { claimKeys } from "./claim-keys.ts";
import { type Head, type Lane, readHeads } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { type KeyWish, plannedKeys, takePositions } from "./ordering-keys.ts";
import { groupByProject, type Lives, type Outcomes, outcomesOf, type Stored } from "./record-outcomes.ts";
import type { Transaction } from "./session.ts";
import { type Entry, storeEvents } from "./store-events.ts";

/** Records with an idempotency or ordering key, in three round trips. Those of several projects travel together, each kind of lock before the next. */
export async function recordKeyed(
  db: Database,
  records: readonly EventRecord[],
  lives: Lives,
): Promise<Outcomes> {
  if (records.length === 0) return [];
  const groups = groupByProject(records);
  const { claims, stored } = await db.transact(async (tx) => {
    const claims = await Promise.all(groups.map(({ projectId, group }) => claimKeys(tx, projectId, group)));
    const fresh = groups.map(({ projectId, group }, index) => {
      return { projectId, group: group.filter((record) => !claims[index]?.has(record)) };
    });
    const placed = await Promise.all(fresh.map(({ projectId, group }) => takePlaces(tx, projectId, group)));
    const stored = fresh.map(({ projectId }, index) =>
      storePlaced(tx, projectId, { life: lives.get(projectId) ?? null, placed: placed[index] }),
    );
    return { claims, stored };
  });
  return [...claims.flatMap((refused) => [...refused]), ...(await outcomesOf(stored))];
}

interface Placed {
  readonly entries: readonly Entry[];
  readonly heads: ReadonlyMap<string, Head>;
}

function storePlaced(
  tx: Transaction,
  projectId: string,
  { life, placed }: { readonly life: string | null; readonly placed: Placed | undefined },
): Stored {
  if (placed === undefined || placed.entries.length === 0) return { entries: [], count: Promise.resolve(0) };
  return { entries: placed.entries, count: storeEvents(tx, projectId, { ...placed, life }) };
}

/** Takes the positions of events in their ordering keys, which are held from then on. */
async function takePlaces(
  tx: Transaction,
  projectId: string,
  records: readonly EventRecord[],
): Promise<Placed> {
  const wishes = wishesOf(records);
  const keys = wishes.map(({ key }) => key);
  // Sent together: each of the three is begun when the one before has its locks.
  const [positions, plannedBefore, heads] = await Promise.all([
    takePositions(tx, projectId, wishes),
    plannedKeys(tx, projectId, keys),
    readHeads(tx, projectId, records.flatMap(lanesOf)),
  ]);
  const next = new Map(positions);
  const planned = new Set(plannedBefore);
  const entries = records.map((record): Entry => {
    const key = record.event.orderingKeyIndex;
    if (key === null) return { record, position: null, isPlanned: record.isWide };
    const position = next.get(key) ?? null;
    if (position !== null) next.set(key, position + 1);
    // Later events of a key that has an unexpanded plan are planned too.
    if (record.isWide) planned.add(key);
    return { record, position, isPlanned: planned.has(key) };
  });
  return { entries, heads };
}

/** How many positions of which keys, by key. */
function wishesOf(records: readonly EventRecord[]): KeyWish[] {
  const wishes = new Map<string, KeyWish>();
  for (const { event } of records) {
    const key = event.orderingKeyIndex;
    if (key === null) continue;
    const { count = 0, at = 0 } = wishes.get(key) ?? {};
    wishes.set(key, { key, count: count + 1, at: Math.max(at, timeOfId(event.id)) });
  }
  return [...wishes.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function lanesOf({ event, plan, isWide }: EventRecord): Lane[] {
  const key = event.orderingKeyIndex;
  if (key === null || isWide) return [];
  return plan.flatMap(({ subscriptionId, ordered }) => (ordered ? [{ subscriptionId, key }] : []));
}
