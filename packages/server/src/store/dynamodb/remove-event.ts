import { changeDelivery } from "./change-delivery.ts";
import { inParallel, pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { numberOf } from "./item.ts";
import { eventSort, planSort } from "./keys.ts";
import { keyPlanRemove, keyWrite, readOrderingKey } from "./ordering-keys.ts";
import { removePayload } from "./payloads.ts";
import type { Place } from "./places.ts";
import { lastOf, readItem, readRows } from "./read-items.ts";
import { type DeliveryRow, deliveryRow, type EventRow, goneItem } from "./rows.ts";
import { unavailable } from "./translate-errors.ts";
import { putItem, removeItem, transact } from "./write-items.ts";

/** The deliveries of an event, read strongly. */
export async function deliveriesOfEvent(
  dynamo: Dynamo,
  { projectId, pk, eventId }: { readonly projectId: string; readonly pk: string; readonly eventId: string },
): Promise<DeliveryRow[]> {
  const prefix = `d#${eventId}#`;
  const rows: DeliveryRow[] = [];
  for await (const item of readRows(dynamo, { table: "events", hash: pk, from: prefix, to: lastOf(prefix) }))
    rows.push(deliveryRow(projectId, item));
  return rows;
}

/** Puts the mark of a delete in the event's place; false: it is not there any more. The idempotency row goes on naming it. */
export async function markDeleted(dynamo: Dynamo, { pk, event, namedUntil }: EventRow): Promise<boolean> {
  const key = { pk, sk: eventSort(event.id) };
  const item = goneItem(key, "deleted", Math.max(event.expiresAt, namedUntil ?? 0));
  const condition = { expression: "attribute_exists(pk) AND attribute_not_exists(g)" };
  return (await putItem(dynamo, "events", { item, condition })).isDone;
}

/** Removes an event for good; what a key still names leaves a mark. */
export async function removeEventItem(dynamo: Dynamo, row: EventRow, now: number): Promise<void> {
  await removePayload(dynamo, row.blobKey);
  if (row.namedUntil !== null && row.namedUntil > now) await markDeleted(dynamo, row);
  else
    await removeItem(dynamo, "events", { key: { pk: row.pk, sk: eventSort(row.event.id) }, condition: null });
}

/** Removes what belongs to an event: deliveries with their lane places, attempts, the plan. */
export async function removeBelongings(
  dynamo: Dynamo,
  place: Place,
  { pk, eventId }: { readonly pk: string; readonly eventId: string },
): Promise<void> {
  await endPlan(dynamo, { projectId: place.projectId, pk, eventId });
  const rows = await deliveriesOfEvent(dynamo, { projectId: place.projectId, pk, eventId });
  await inParallel(rows, (row) => removeDelivery(dynamo, place, row));
  const prefix = `a#${eventId}#`;
  for await (const { sk } of readRows(dynamo, {
    table: "events",
    hash: pk,
    from: prefix,
    to: lastOf(prefix),
  }))
    await removeItem(dynamo, "events", { key: { pk, sk }, condition: null });
}

/** Removes a delivery, and its place in its lane, whatever becomes of it meanwhile. */
export async function removeDelivery(dynamo: Dynamo, place: Place, row: DeliveryRow): Promise<void> {
  await changeDelivery(dynamo, { place, key: row.delivery, row }, () => null);
}

const ROUNDS = 10;

/** Nothing of the plan is left, or it is not wanted any more: the next plan of its ordering key may go on. */
export async function endPlan(
  dynamo: Dynamo,
  { projectId, pk, eventId }: { readonly projectId: string; readonly pk: string; readonly eventId: string },
): Promise<void> {
  const key = { pk, sk: planSort(eventId) };
  for (let round = 0; round < ROUNDS; round++) {
    const plan = await readItem(dynamo, "events", key);
    if (plan === null) return;
    const ordering = typeof plan.ok === "string" ? plan.ok : null;
    const condition = { expression: "attribute_exists(pk)" };
    if (ordering === null) {
      await removeItem(dynamo, "events", { key, condition });
      return;
    }
    const known = await readOrderingKey(dynamo, projectId, ordering);
    const outcome = await transact(dynamo, [
      { table: "events", remove: key, condition },
      keyPlanRemove(known, numberOf(plan, "po") ?? 0),
      keyWrite(known, { at: 0, takes: 0, plans: -1, until: 0 }),
    ]);
    if (outcome.isDone) return;
    await pause(Math.min(round, 3));
  }
  throw unavailable();
}
