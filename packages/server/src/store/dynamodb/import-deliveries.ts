import { attemptsLeft, type Delivery } from "../../domain/delivery.ts";
import { holdsLane } from "../../domain/lane.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { insertInLane, insertPlain } from "./insert-delivery.ts";
import { keyName } from "./item.ts";
import { subscriptionKey } from "./keys.ts";
import { partitionFor } from "./places.ts";
import { readItems } from "./read-items.ts";
import { changedRow, type DeliveryRow, newRow } from "./rows.ts";
import { subscriptionRow } from "./subscription-rows.ts";

/** Deliveries in whatever state. Those that hold a lane go one after the other into it, lanes beside each other. */
export async function importDeliveries(dynamo: Dynamo, deliveries: readonly Delivery[]): Promise<void> {
  const rows = await rowsFor(dynamo, deliveries);
  const inLanes = rows.filter(({ delivery: { lane, state } }) => lane !== null && holdsLane(state, lane));
  await insertPlain(
    dynamo,
    rows.filter((row) => !inLanes.includes(row)),
  );
  const lanes = Map.groupBy(inLanes, laneName);
  await inParallel([...lanes.values()], async (lane) => {
    for (const row of lane) await insertHolder(dynamo, row);
  });
}

function laneName({ delivery: { projectId, subscriptionId, lane } }: DeliveryRow): string {
  return `${projectId} ${subscriptionId} ${lane?.key}`;
}

async function insertHolder(dynamo: Dynamo, row: DeliveryRow): Promise<void> {
  const place = await dynamo.places.find(row.delivery.projectId);
  if (place !== null) await insertInLane(dynamo, place, { row, takesNewPosition: false, now: 0 });
}

async function rowsFor(dynamo: Dynamo, deliveries: readonly Delivery[]): Promise<DeliveryRow[]> {
  const held = deliveries.filter(({ state }) => state === "leased");
  const keys = held.map(({ projectId, subscriptionId }) => subscriptionKey(projectId, subscriptionId));
  const subscriptions = await readItems(dynamo, "control", { keys });
  const rows: DeliveryRow[] = [];
  for (const delivery of deliveries) {
    const { projectId, subscriptionId, eventId, lane } = delivery;
    const place = await dynamo.places.find(projectId);
    if (place === null) throw new Error("A row came before its project");
    const hash = dynamo.queueShards.hashFor(projectId, subscriptionId, lane?.key ?? eventId);
    const item = subscriptions.get(keyName(subscriptionKey(projectId, subscriptionId)));
    const isLast =
      delivery.state === "leased" &&
      item !== undefined &&
      attemptsLeft(delivery, subscriptionRow(item).subscription.maxAttempts) <= 0;
    rows.push(changedRow(newRow(partitionFor(place, eventId), delivery, hash), delivery, { isLast }));
  }
  return rows;
}
