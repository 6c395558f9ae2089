import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand, changedDelivery } from "./change-delivery.ts";
import type { Dynamo } from "./dynamo.ts";
import type { KeyedItem } from "./item.ts";
import { deliveryKeyOf, padTime } from "./keys.ts";
import { mergeRows } from "./merge-rows.ts";
import { lastOf, readRows } from "./read-items.ts";
import { LAST_LEASE_SHARDS, lastLeaseHash } from "./rows.ts";
import { findSubscription } from "./subscription-rows.ts";
import { WORK_INDEX } from "./tables.ts";

type Request = Parameters<DeliveryStore["exhaustDeliveries"]>[0];

export async function exhaustDeliveries(dynamo: Dynamo, { now, limit }: Request): Promise<Delivery[]> {
  const query = { table: "events", index: WORK_INDEX, from: "0", to: lastOf(padTime(now)), limit } as const;
  const sources = Array.from({ length: LAST_LEASE_SHARDS }, (_, shard) =>
    readRows(dynamo, { ...query, hash: lastLeaseHash(shard) }),
  );
  const buried: Delivery[] = [];
  for await (const item of mergeRows(sources, { by: "ws" })) {
    const delivery = await exhaust(dynamo, item, now);
    if (delivery !== null) buried.push(delivery);
    if (buried.length >= limit) break;
  }
  return buried;
}

async function exhaust(dynamo: Dynamo, { pk, sk }: KeyedItem, now: number): Promise<Delivery | null> {
  const [projectId = ""] = pk.split("#");
  const key = deliveryKeyOf(sk);
  const [place, row] = await Promise.all([
    dynamo.places.find(projectId),
    findSubscription(dynamo, projectId, key.subscriptionId),
  ]);
  if (place === null || row === null) return null;
  const { maxAttempts } = row.subscription;
  return changedDelivery(await applyCommand(dynamo, { place, key, now }, { kind: "exhaust", maxAttempts }));
}
