import { DELIVERY_STATES } from "../../domain/delivery.ts";
import { firstIdAt } from "../../domain/ids.ts";
import type { ExpireOutcome, ExpireRequest } from "../event-store.ts";
import { applyCommand } from "./change-delivery.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEventPlaces } from "./find-events.ts";
import { projectKey } from "./keys.ts";
import { mergeRows } from "./merge-rows.ts";
import { sweepPayloads } from "./payloads.ts";
import { type Place, partitionsOf } from "./places.ts";
import { IS_OPEN } from "./project-rows.ts";
import { lastOf, readRows } from "./read-items.ts";
import { type DeliveryRow, deliveryRow } from "./rows.ts";
import { updateItem } from "./write-items.ts";

export type Expired = ExpireOutcome["expired"][number];

const DAY_MS = 86_400_000;
/** Two clocks may differ by so much, twice. */
const OVERLAP_MS = 60_000;

/**
 * Lets open deliveries past the backlog's age go dead. Each minute only what came of that age since the last look is read: some 13 deliveries to a read unit. Once a day, on one node, the
 * whole backlog is, since a replay makes new deliveries of old events, and contents in S3 that belong to no event are swept.
 */
export async function expireBacklog(
  dynamo: Dynamo,
  place: Place,
  request: ExpireRequest,
): Promise<ExpireOutcome> {
  const { projectId, afterId, backlogBefore, limit, now } = request;
  const isWhole = afterId === null && (await claimDay(dynamo, place, request));
  if (isWhole) await sweepPayloads(dynamo, place, now);
  const from = isWhole ? "0" : (afterId ?? firstIdAt(unseenSince(dynamo, place, request)));
  const { rows, nextId } = await openDeliveries(dynamo, place, {
    from: afterId === null ? `d#${from}` : lastOf(`d#${from}#`),
    to: `d#${firstIdAt(backlogBefore)}`,
    limit,
  });
  const expired = await giveUp(dynamo, place, { rows: await ofStoredEvents(dynamo, place, rows), now });
  if (nextId === null) dynamo.backlogSeen.set(projectId, backlogBefore);
  return { removed: 0, expired, nextId };
}

/** A process that has just begun looks at what came since the last whole round. */
function unseenSince(
  { backlogSeen }: Dynamo,
  { projectId, sweptAt }: Place,
  { backlogBefore, now }: ExpireRequest,
): number {
  const seen = backlogSeen.get(projectId) ?? backlogBefore - (now - (sweptAt ?? now));
  return Math.max(0, seen - OVERLAP_MS);
}

/** True for one node a day. From then on who reads the feed is told that what is past its last date is no longer there. */
async function claimDay(dynamo: Dynamo, place: Place, request: ExpireRequest): Promise<boolean> {
  const { now, goneBefore } = request;
  const { projectId, sweptAt, expiredId } = place;
  if (sweptAt !== null && now - sweptAt < DAY_MS) return false;
  const gone = goneBefore > 0 ? firstIdAt(goneBefore) : "";
  const expired = expiredId === null || gone > expiredId ? gone : expiredId;
  const outcome = await updateItem(dynamo, "control", {
    key: projectKey(projectId),
    set: "SET sw = :now, xi = :xi",
    values: { now, xi: expired },
    condition: {
      expression: `${IS_OPEN.expression} AND (attribute_not_exists(sw) OR sw <= :before)`,
      values: { before: now - DAY_MS },
    },
  });
  dynamo.places.forget(projectId);
  return outcome.isDone;
}

async function openDeliveries(
  dynamo: Dynamo,
  { projectId, ...place }: Place,
  { from, to, limit }: { readonly from: string; readonly to: string; readonly limit: number },
): Promise<{ readonly rows: readonly DeliveryRow[]; readonly nextId: string | null }> {
  const values = { pending: DELIVERY_STATES.indexOf("pending"), leased: DELIVERY_STATES.indexOf("leased") };
  const filter = { expression: "st = :pending OR st = :leased", values };
  const sources = partitionsOf({ projectId, ...place }).map((hash) =>
    readRows(dynamo, { table: "events", hash, from, to, filter }),
  );
  const rows: DeliveryRow[] = [];
  for await (const item of mergeRows(sources, { by: "sk" })) {
    rows.push(deliveryRow(projectId, item));
    if (rows.length >= limit) break;
  }
  return { rows, nextId: rows.length < limit ? null : (rows.at(-1)?.delivery.eventId ?? null) };
}

/** What names an event that is not there is no delivery. */
async function ofStoredEvents(
  dynamo: Dynamo,
  place: Place,
  rows: readonly DeliveryRow[],
): Promise<readonly DeliveryRow[]> {
  const ids = rows.map(({ delivery }) => delivery.eventId);
  const events = await findEventPlaces(dynamo, place, ids);
  return rows.filter(({ delivery }) => events.get(delivery.eventId)?.kind === "event");
}

/** Gives up what is open of these deliveries. */
export async function giveUp(
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
