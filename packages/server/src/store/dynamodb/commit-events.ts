import type { StoredEvent } from "../../domain/event.ts";
import type { Cause } from "../../domain/ids.ts";
import { newDelivery } from "../../domain/new-delivery.ts";
import type { EventRecord, PlannedDelivery } from "../event-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEventPlaces } from "./find-events.ts";
import { insertItems } from "./insert-items.ts";
import type { KeyedItem } from "./item.ts";
import { storePayloads } from "./payloads.ts";
import { type PlacedRecord, timeOf } from "./placed-record.ts";
import { type Place, partitionFor } from "./places.ts";
import { planItem } from "./plan-rows.ts";
import { type DeliveryRow, deliveryItem, eventItem, newRow } from "./rows.ts";
import { unavailable } from "./translate-errors.ts";

/**
 * Commits events without an ordering key. Their deliveries, or their plan, go first: without their event they are nothing. The insert of the event is the commit.
 */
export async function commitEvents(dynamo: Dynamo, records: readonly PlacedRecord[]): Promise<void> {
  if (records.length === 0) return;
  await storePayloads(dynamo, records);
  const intents = records.flatMap((one) => intentsOf(dynamo, one));
  const made = await insertItems(dynamo, "events", { items: intents });
  if (made.includes("there")) throw new Error("A delivery of a new event is stored already");
  const deadline = commitDeadline(dynamo, records);
  const events = records.map(({ record, place }) => eventItemOf({ record, place, position: null }));
  const outcomes = await insertItems(dynamo, "events", { items: events, deadline });
  for (const [index, { record, place }] of records.entries())
    if (outcomes[index] !== "inserted")
      await checkCommitted(dynamo, place, { record, outcome: outcomes[index] });
}

/** Who reads the feed relies on it that nothing is committed long after its time. Null: there is no such time. */
export function commitDeadline(
  { storeTime, commitWithinMs }: Dynamo,
  records: readonly PlacedRecord[],
): AbortSignal | null {
  const oldest = Math.min(...records.map(({ record }) => timeOf(record)));
  const leftMs = Math.floor(commitWithinMs - (storeTime() - oldest));
  if (leftMs <= 0) throw unavailable();
  return Number.isFinite(leftMs) ? AbortSignal.timeout(Math.min(leftMs, commitWithinMs)) : null;
}

/** An insert whose answer was lost may have been done, unless the event was fenced before. */
async function checkCommitted(
  dynamo: Dynamo,
  place: Place,
  { record, outcome }: { readonly record: EventRecord; readonly outcome: string | undefined },
): Promise<void> {
  const { id } = record.event;
  const found = (await findEventPlaces(dynamo, place, [id])).get(id)?.kind;
  if (found === "fenced") throw unavailable();
  if (outcome === "there") throw new Error("An event with this id is stored already");
}

function intentsOf(dynamo: Dynamo, { record, place }: PlacedRecord): KeyedItem[] {
  const pk = partitionFor(place, record.event.id);
  if (record.isWide) return [planItem({ pk, record, position: null })];
  const made = { dueAt: record.dueAt, createdAt: timeOf(record), position: null };
  return record.plan.map((entry) =>
    deliveryItem(pendingRow(dynamo, { pk, event: record.event, entry, ...made })),
  );
}

/** What makes a delivery of an event to one subscription. */
export interface PendingDelivery {
  readonly pk: string;
  readonly event: StoredEvent;
  /** Without a cause it is the live one. */
  readonly entry: PlannedDelivery & { readonly cause?: Cause };
  /** Of the event's ordering key. */
  readonly position: number | null;
  readonly dueAt: number;
  readonly createdAt: number;
}

/** The row of a new delivery; its lane position is the event's own. */
export function pendingRow(
  dynamo: Dynamo,
  { pk, event, entry, position, dueAt, createdAt }: PendingDelivery,
): DeliveryRow {
  const { subscriptionId, cause = "live", ordered, parks } = entry;
  const key = event.orderingKeyIndex;
  const lane = ordered && key !== null && position !== null ? { key, position, parks } : null;
  const delivery = newDelivery(event, { subscriptionId, cause, lane, dueAt, createdAt });
  return newRow(pk, delivery, dynamo.queueShards.hashFor(event.projectId, subscriptionId, event.id));
}

/** The item that commits an event. */
export function eventItemOf({
  record,
  place,
  position,
}: PlacedRecord & { readonly position: number | null }): KeyedItem {
  const { event, idempotency, isWide } = record;
  const pk = partitionFor(place, event.id);
  return eventItem({
    pk,
    event: { ...event, isPlanned: isWide },
    position,
    namedUntil: idempotency?.expiresAt ?? null,
    subjectHash: event.subjectIndex === null ? null : subjectHash(pk, event.subjectIndex),
  });
}

/** A busy subject lies over as many partitions as its project. */
export function subjectHash(pk: string, subjectIndex: string): string {
  return `${pk}#${subjectIndex}`;
}
