import { isOpen } from "../../domain/delivery.ts";
import { firstIdAt, timeOfId } from "../../domain/ids.ts";
import type { ExpireOutcome, ExpireRequest } from "../event-store.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { type Expired, expireBacklog, giveUp } from "./expire-backlog.ts";
import { projectKey } from "./keys.ts";
import { sweepPayloads } from "./payloads.ts";
import type { Place } from "./places.ts";
import { findPlan } from "./plans.ts";
import { deliveriesOfEvent, removeBelongings, removeEventItem } from "./remove-event.ts";
import type { EventRow } from "./rows.ts";
import { walkEvents } from "./walk-events.ts";
import { updateItem } from "./write-items.ts";

/**
 * One step of retention. Rows are left to the storage's TTL, which costs nothing: until their last date settled ones cost less where they are than their removal does. Backlogs
 * go dead as everywhere.
 */
export async function expireEvents(dynamo: Dynamo, request: ExpireRequest): Promise<ExpireOutcome> {
  const place = await dynamo.places.find(request.projectId);
  if (place === null) return { removed: 0, expired: [], nextId: null };
  return dynamo.removesEarly ? removeEvents(dynamo, place, request) : expireBacklog(dynamo, place, request);
}

async function removeEvents(dynamo: Dynamo, place: Place, request: ExpireRequest): Promise<ExpireOutcome> {
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

async function noteExpired(dynamo: Dynamo, place: Place, eventId: string): Promise<void> {
  await updateItem(dynamo, "control", {
    key: projectKey(place.projectId),
    set: "SET xi = :id",
    values: { id: eventId },
    condition: { expression: "attribute_exists(pk) AND (attribute_not_exists(xi) OR xi < :id)" },
  });
  dynamo.places.forget(place.projectId);
}
