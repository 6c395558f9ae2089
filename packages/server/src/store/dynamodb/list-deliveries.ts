import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryListRequest, DeliveryStore, DeliveryView } from "../delivery-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEventPlaces } from "./find-events.ts";
import { type KeyedItem, keyName } from "./item.ts";
import { deliverySort, laneHeadKey } from "./keys.ts";
import { laneOf } from "./lane-rows.ts";
import { mergeRows } from "./merge-rows.ts";
import { type Place, partitionFor, partitionsOf } from "./places.ts";
import { behind, lastOf, readItems, readRows } from "./read-items.ts";
import { deliveryRow } from "./rows.ts";

const SCAN_LIMIT = 5_000;
const LONGEST_PAGE = 1_000;

type Page = Awaited<ReturnType<DeliveryStore["listDeliveries"]>>;

/** The deliveries of a project lie in the order of their keys, in each shard. */
export async function listDeliveries(dynamo: Dynamo, request: DeliveryListRequest): Promise<Page> {
  const place = await dynamo.places.find(request.projectId);
  if (place === null || request.limit <= 0) return { views: [], after: null };
  const found: Delivery[] = [];
  let looked = 0;
  for await (const item of walkDeliveries(dynamo, place, request)) {
    const { delivery } = deliveryRow(request.projectId, item);
    if (matches(delivery, request)) found.push(delivery);
    if (found.length < request.limit && ++looked < SCAN_LIMIT) continue;
    return { views: await viewsOf(dynamo, await committed(dynamo, place, found)), after: delivery };
  }
  return { views: await viewsOf(dynamo, await committed(dynamo, place, found)), after: null };
}

function walkDeliveries(
  dynamo: Dynamo,
  place: Place,
  { after, eventId, limit }: DeliveryListRequest,
): AsyncGenerator<KeyedItem, undefined> {
  const prefix = eventId === null ? "d#" : `d#${eventId}#`;
  const next = after === null ? prefix : behind(deliverySort(after));
  const from = next > prefix ? next : prefix;
  const hashes = eventId === null ? partitionsOf(place) : [partitionFor(place, eventId)];
  const pageSize = Math.min(LONGEST_PAGE, limit * 2);
  const sources = hashes.map((hash) =>
    readRows(dynamo, { table: "events", hash, from, to: lastOf(prefix), limit: pageSize }),
  );
  return mergeRows(sources, { by: "sk" });
}

function matches(delivery: Delivery, request: DeliveryListRequest): boolean {
  const { subscriptionId, state, createdFrom, createdTo, now } = request;
  return (
    (subscriptionId === null || delivery.subscriptionId === subscriptionId) &&
    (state === null || delivery.state === state) &&
    (createdFrom === null || delivery.createdAt >= createdFrom) &&
    (createdTo === null || delivery.createdAt < createdTo) &&
    delivery.expiresAt > now
  );
}

/** Without those whose event is not there: intents of a commit. */
export async function committed(
  dynamo: Dynamo,
  place: Place,
  deliveries: readonly Delivery[],
): Promise<readonly Delivery[]> {
  const places = await findEventPlaces(dynamo, place, [...new Set(deliveries.map(({ eventId }) => eventId))]);
  return deliveries.filter(({ eventId }) => places.get(eventId)?.kind === "event");
}

/** Deliveries as they are shown: a pending one in a lane is blocked unless it is the head. */
export async function viewsOf(dynamo: Dynamo, deliveries: readonly Delivery[]): Promise<DeliveryView[]> {
  const keys = deliveries.flatMap((delivery) => laneKeyOf(delivery) ?? []);
  const lanes = await readItems(dynamo, "events", { keys });
  return deliveries.map((delivery) => {
    const key = laneKeyOf(delivery);
    const item = key === null ? undefined : lanes.get(keyName(key));
    const head = item === undefined ? null : laneOf(item).head.position;
    return { delivery, isBlocked: key !== null && head !== delivery.lane?.position };
  });
}

function laneKeyOf({ projectId, subscriptionId, state, lane }: Delivery) {
  return state !== "pending" || lane === null ? null : laneHeadKey(projectId, subscriptionId, lane.key);
}
