import { timeOfId } from "../../domain/ids.ts";
import { rankOf } from "../../domain/priority.ts";
import type { EventRecord } from "../event-store.ts";
import { EVENT_ARRAY_COLUMNS, EVENT_ARRAY_TYPES, eventArrays } from "./event-arrays.ts";
import { insertDeliveries, type NewDelivery } from "./insert-deliveries.ts";
import type { Head } from "./lanes.ts";
import { placeIn } from "./place-in-lanes.ts";
import { insertPlans } from "./plans.ts";
import type { Transaction } from "./session.ts";
import { sql } from "./sql.ts";

/** A record on its way into the tables. */
export interface Entry {
  readonly record: EventRecord;
  /** In its ordering key, which is held. */
  readonly position: number | null;
  readonly isPlanned: boolean;
}

/** The epoch is read as the statement begins, so that a new one begins for all at once. */
const INSERT = sql(`INSERT INTO events (project, epoch, ${EVENT_ARRAY_COLUMNS})
  SELECT p.number, (SELECT epoch FROM feed_epochs ORDER BY epoch DESC LIMIT 1), w.*
  FROM projects AS p CROSS JOIN unnest(${EVENT_ARRAY_TYPES}) AS w
  WHERE p.id = $1 AND p.deleted_at IS NULL`);

/** Stores events with their deliveries or plans, by the commit; gives how many: all, or none if the project is closed. `heads`: of the lanes they come into. */
export function storeEvents(
  tx: Transaction,
  projectId: string,
  { entries, heads }: { readonly entries: readonly Entry[]; readonly heads: ReadonlyMap<string, Head> },
): Promise<number> {
  const rows = entries.map(({ record, ...entry }) => ({ ...entry, event: record.event }));
  const count = tx.counted(INSERT, projectId, ...eventArrays(rows));
  const planned = entries.filter(({ isPlanned }) => isPlanned);
  insertPlans(
    tx,
    projectId,
    planned.map(({ record }) => record),
  );
  insertDeliveries(tx, projectId, { deliveries: entries.flatMap(deliveriesOf), heads });
  return count;
}

function deliveriesOf({ record, position, isPlanned }: Entry): NewDelivery[] {
  if (isPlanned) return [];
  const { id: eventId, priority, bytes, expiresAt, orderingKeyIndex } = record.event;
  return record.plan.map(({ subscriptionId, ordered, parks }) => ({
    eventId,
    subscriptionId,
    cause: "live",
    rank: rankOf(priority, false),
    dueAt: record.dueAt,
    bytes,
    createdAt: timeOfId(eventId),
    expiresAt,
    lane: placeIn({ ordered, parks }, orderingKeyIndex, position),
  }));
}
