import { timeOfId } from "../../domain/ids.ts";
import type { LanePlace } from "../../domain/lane.ts";
import { rankOf } from "../../domain/priority.ts";
import type { EventRecord, PlannedDelivery } from "../event-store.ts";
import { EVENT_ARRAY_COLUMNS, EVENT_ARRAY_TYPES, eventArrays } from "./event-arrays.ts";
import { FRESH, FRESH_VALUES, insertInLanes, type Laned } from "./insert-deliveries.ts";
import type { Head } from "./lanes.ts";
import { bigints, integers, smallints, uuids } from "./pack-arrays.ts";
import { placeIn } from "./place-in-lanes.ts";
import { insertPlans } from "./plans.ts";
import { causeValue, SHELF } from "./rows.ts";
import type { Session, Transaction, Value } from "./session.ts";
import { sql } from "./sql.ts";

/** A record on its way into the tables. */
export interface Entry {
  readonly record: EventRecord;
  /** In its ordering key, which is held. */
  readonly position: number | null;
  readonly isPlanned: boolean;
}

/**
 * Events (`$2` to `$16`) and those of their deliveries that stand in no lane (`$17` on: three arrays as long as those of the events, then the event of each, counted from 1, and its
 * subscription). The epoch is read as the statement begins, so that a new one begins for all at once.
 */
const STORE =
  sql(`WITH p AS (SELECT p.number, (SELECT epoch FROM feed_epochs ORDER BY epoch DESC LIMIT 1) AS epoch
    FROM projects AS p WHERE p.id = $1 AND p.deleted_at IS NULL),
  made AS (INSERT INTO deliveries_open (${FRESH}, cause, shelf, event, subscription, ready_at, due_at, rank, created_at,
      bytes, expires_at)
    SELECT ${FRESH_VALUES}, '${causeValue("live")}', ${SHELF.pending}, ($2::uuid[])[w.n], w.subscription,
      ($17::bigint[])[w.n], ($17::bigint[])[w.n], ($18::smallint[])[w.n], ($19::bigint[])[w.n],
      ($14::integer[])[w.n], ($15::bigint[])[w.n]
    FROM p CROSS JOIN unnest($20::integer[], $21::uuid[]) AS w (n, subscription))
  INSERT INTO events (project, epoch, ${EVENT_ARRAY_COLUMNS})
  SELECT p.number, p.epoch, w.* FROM p CROSS JOIN unnest(${EVENT_ARRAY_TYPES}) AS w`);

/** Stores events that need no lock and no plan with their deliveries, in one statement; gives how many: all, or none if the project is closed. */
export function storePlain(db: Session, projectId: string, entries: readonly Entry[]): Promise<number> {
  return db.run(STORE, projectId, ...arraysOf(entries));
}

/** Stores events with their deliveries or plans, by the commit; gives how many: all, or none if the project is closed. `heads`: of the lanes they come into. */
export function storeEvents(
  tx: Transaction,
  projectId: string,
  { entries, heads }: { readonly entries: readonly Entry[]; readonly heads: ReadonlyMap<string, Head> },
): Promise<number> {
  const count = tx.counted(STORE, projectId, ...arraysOf(entries));
  const planned = entries.filter(({ isPlanned }) => isPlanned);
  insertPlans(
    tx,
    projectId,
    planned.map(({ record }) => record),
  );
  insertInLanes(tx, projectId, { deliveries: entries.flatMap(lanedOf), heads });
  return count;
}

function arraysOf(entries: readonly Entry[]): Value[] {
  const records = entries.map(({ record }) => record);
  const places: number[] = [];
  const subscriptions: string[] = [];
  for (const [index, entry] of entries.entries()) {
    for (const planned of entry.isPlanned ? [] : entry.record.plan) {
      if (laneFor(entry, planned) !== null) continue;
      places.push(index + 1);
      subscriptions.push(planned.subscriptionId);
    }
  }
  const rows = entries.map(({ record: { event }, position, isPlanned }) => ({ event, position, isPlanned }));
  return [
    ...eventArrays(rows),
    bigints(records.map(({ dueAt }) => dueAt)),
    smallints(records.map(({ event }) => rankOf(event.priority, false))),
    bigints(records.map(({ event }) => timeOfId(event.id))),
    integers(places),
    uuids(subscriptions),
  ];
}

function lanedOf(entry: Entry): Laned[] {
  const { record, isPlanned } = entry;
  const { id: eventId, priority, bytes, expiresAt } = record.event;
  return (isPlanned ? [] : record.plan).flatMap((planned) => {
    const lane = laneFor(entry, planned);
    if (lane === null) return [];
    const { subscriptionId } = planned;
    const createdAt = timeOfId(eventId);
    const rank = rankOf(priority, false);
    return [
      {
        eventId,
        subscriptionId,
        cause: "live",
        rank,
        dueAt: record.dueAt,
        bytes,
        createdAt,
        expiresAt,
        lane,
      },
    ];
  });
}

function laneFor({ record, position }: Entry, planned: PlannedDelivery): LanePlace | null {
  return placeIn(planned, record.event.orderingKeyIndex, position);
}
