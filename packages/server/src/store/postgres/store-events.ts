import { timeOfId } from "../../domain/ids.ts";
import type { LanePlace } from "../../domain/lane.ts";
import { rankOf } from "../../domain/priority.ts";
import type { EventRecord, PlannedDelivery } from "../event-store.ts";
import { EVENT_ARRAY_COLUMNS, EVENT_ARRAY_TYPES, eventArrays } from "./event-arrays.ts";
import { epochOf } from "./feed-epochs.ts";
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

/** Of one project. */
export interface EntryGroup {
  readonly entries: readonly Entry[];
  /** The life of the server in which they were planned; null: not known. */
  readonly life: string | null;
}

/**
 * Events (`$2` to `$16`) and those of their deliveries that stand in no lane (`$17` on: three arrays as long as those of the events, then the event of each, counted from 1, and its
 * subscription), planned in a life of the server (`$22`). Without an epoch it fails.
 */
const STORE = sql(`WITH p AS (SELECT p.number, ${epochOf("$22::text")} AS epoch
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
export function storePlain(db: Session, projectId: string, { entries, life }: EntryGroup): Promise<number> {
  return db.run(STORE, projectId, ...arraysOf(entries, splitByLane(entries).free), life);
}

/** Stores events with their deliveries or plans, by the commit; gives how many: all, or none if the project is closed. `heads`: of the lanes they come into. */
export function storeEvents(
  tx: Transaction,
  projectId: string,
  { entries, life, heads }: EntryGroup & { readonly heads: ReadonlyMap<string, Head> },
): Promise<number> {
  const { free, laned } = splitByLane(entries);
  const count = tx.counted(STORE, projectId, ...arraysOf(entries, free), life);
  const planned = entries.filter(({ isPlanned }) => isPlanned);
  insertPlans(
    tx,
    projectId,
    planned.map(({ record }) => record),
  );
  insertInLanes(tx, projectId, { deliveries: laned, heads });
  return count;
}

/** Deliveries that stand in no lane: the place of the event of each, counted from 1, and its subscription. */
interface Free {
  readonly places: number[];
  readonly subscriptions: string[];
}

/** The deliveries of all entries that have no plan to make them later. */
function splitByLane(entries: readonly Entry[]): { readonly free: Free; readonly laned: readonly Laned[] } {
  const free: Free = { places: [], subscriptions: [] };
  const laned: Laned[] = [];
  for (const [index, { record, position, isPlanned }] of entries.entries()) {
    for (const planned of isPlanned ? [] : record.plan) {
      const lane = placeIn(planned, record.event.orderingKeyIndex, position);
      if (lane !== null) {
        laned.push(lanedOf(record, planned, lane));
        continue;
      }
      free.places.push(index + 1);
      free.subscriptions.push(planned.subscriptionId);
    }
  }
  return { free, laned };
}

function lanedOf({ event, dueAt }: EventRecord, { subscriptionId }: PlannedDelivery, lane: LanePlace): Laned {
  const { id: eventId, priority, bytes, expiresAt } = event;
  const rank = rankOf(priority, false);
  const createdAt = timeOfId(eventId);
  return { eventId, subscriptionId, cause: "live", rank, dueAt, bytes, createdAt, expiresAt, lane };
}

function arraysOf(entries: readonly Entry[], free: Free): Value[] {
  const records = entries.map(({ record }) => record);
  const rows = entries.map(({ record: { event }, position, isPlanned }) => ({ event, position, isPlanned }));
  return [
    ...eventArrays(rows),
    bigints(records.map(({ dueAt }) => dueAt)),
    smallints(records.map(({ event }) => rankOf(event.priority, false))),
    bigints(records.map(({ event }) => timeOfId(event.id))),
    integers(free.places),
    uuids(free.subscriptions),
  ];
}
