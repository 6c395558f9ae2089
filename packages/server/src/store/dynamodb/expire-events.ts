import { isOpen } from "../../domain/delivery.ts";
import { firstIdAt, timeOfId } from "../../domain/ids.ts";
import type { ExpireOutcome, ExpireRequest } from "../event-store.ts";
import { applyCommand } from "./change-delivery.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { projectKey } from "./keys.ts";
import { sweepPayloads } from "./payloads.ts";
import type { Place } from "./places.ts";
import { findPlan } from "./plans.ts";
import { deliveriesOfEvent, removeBelongings, removeEventItem } from "./remove-event.ts";
import type { DeliveryRow, EventRow } from "./rows.ts";
import { walkEvents } from "./walk-events.ts";
import { updateItem } from "./write-items.ts";

type Expired = ExpireOutcome["expired"][number];

/** What a deployment leaves to the storage's TTL, as one step for whoever wants it earlier. */
export async function expireEvents(dynamo: Dynamo, request: ExpireRequest): Promise<ExpireOutcome> {
  const place = await dynamo.places.find(request.projectId);
  if (place === null) return { removed: 0, expired: [], nextId: null };
  if (request.afterId === null) await sweepPayloads(dynamo, place, request.now);
  const rows = await eventsToLookAt(dynamo, place, request);
  const looked = await inParallel(rows, (row) => lookAt(dynamo, place, { row, request }));
  const removed = rows.filter((_, index) => looked[index] === "over");
  const last = removed.at(-1)?.event.id;
  // Before anything goes: who reads the feed behind this is told what was removed.
  if (last !== undefined) await noteExpired(dynamo, place, last);
  await inParallel(removed, async (row) => {
    await removeBelongings(dynamo, place, { pk: row.pk, eventId: row.event.id });
    await removeEventItem(dynamo, row, request.now);
  });
  const expired = looked.flatMap((one) => (one === "over" ? [] : one));
  const nextId = rows.length < request.limit ? null : (rows.at(-1)?.event.id ?? null);
  return { removed: removed.length, expired, nextId };
}

async function eventsToLookAt(dynamo: Dynamo, place: Place, request: ExpireRequest): Promise<EventRow[]> {
  const before = firstIdAt(Math.max(request.settledBefore, request.backlogBefore, request.goneBefore));
  const rows: EventRow[] = [];
  const { afterId: after, limit } = request;
  const walk = { after, from: null, before, subjectIndex: null, pageSize: limit };
  for await (const row of walkEvents(dynamo, place, walk)) {
    rows.push(row);
    if (rows.length >= limit) break;
  }
  return rows;
}

async function lookAt(
  dynamo: Dynamo,
  place: Place,
  { row, request }: { readonly row: EventRow; readonly request: ExpireRequest },
): Promise<"over" | readonly Expired[]> {
  const { projectId, goneBefore, settledBefore, backlogBefore, now } = request;
  const at = timeOfId(row.event.id);
  if (at < goneBefore) return "over";
  const rows = await deliveriesOfEvent(dynamo, { projectId, pk: row.pk, eventId: row.event.id });
  const isSettled = !rows.some(({ delivery: { state } }) => isOpen(state) || state === "dead");
  if (at < settledBefore && isSettled && (await findPlan(dynamo, place, row.event.id)) === null)
    return "over";
  return at < backlogBefore ? giveUp(dynamo, place, { rows, now }) : [];
}

async function giveUp(
  dynamo: Dynamo,
  place: Place,
  { rows, now }: { readonly rows: readonly DeliveryRow[]; readonly now: number },
): Promise<readonly Expired[]> {
  const expired: Expired[] = [];
  for (const row of rows) {
    const wish = { place, key: row.delivery, row, now };
    const result = await applyCommand(dynamo, wish, { kind: "give_up", reason: "expired" });
    const { subscriptionId, eventId } = row.delivery;
    if (result?.outcome === "changed") expired.push({ subscriptionId, eventId });
  }
  return expired;
}

async function noteExpired(dynamo: Dynamo, place: Place, eventId: string): Promise<void> {
  await updateItem(dynamo, "control", {
    key: projectKey(place.projectId),
    set: "SET xi = :id",
    values: { id: eventId },
    condition: { expression: "attribute_exists(pk) AND (attribute_not_exists(xi) OR xi < :id)" },
  });
  dynamo.places.forget(place.projectId);
}
