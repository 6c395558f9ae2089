import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand } from "./change-delivery.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { queueHash } from "./keys.ts";
import { lastOf, readSome } from "./read-items.ts";
import { deliveryRow } from "./rows.ts";
import { findSubscription } from "./subscription-rows.ts";
import { QUEUE_INDEX } from "./tables.ts";

type Request = Parameters<DeliveryStore["closeDeliveries"]>[0];

/** Open deliveries stand under `b` (of lanes) and `o`, where the rows of lanes stand among them. */
export async function closeDeliveries(dynamo: Dynamo, request: Request): Promise<number> {
  const { projectId, subscriptionId, command, limit, now } = request;
  const place = await dynamo.places.find(projectId);
  if (place === null) return 0;
  const queues = (await findSubscription(dynamo, projectId, subscriptionId))?.queues ?? 1;
  let closed = 0;
  for (let shard = 0; shard < queues && closed < limit; shard++) {
    const hash = queueHash(projectId, subscriptionId, shard);
    const query = { table: "events", index: QUEUE_INDEX, hash, from: "b", to: lastOf("o"), limit } as const;
    const filter = { expression: "attribute_exists(st)" };
    const items = await readSome(dynamo, { ...query, filter }, limit - closed);
    const results = await inParallel(items, (item) => {
      const row = deliveryRow(projectId, item);
      return applyCommand(dynamo, { place, key: row.delivery, row, now }, command);
    });
    // The index may show again for a moment what was just closed.
    closed += results.filter((result) => result?.outcome === "changed").length;
  }
  return closed;
}
