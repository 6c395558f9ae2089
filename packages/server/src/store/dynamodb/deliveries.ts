import type { Delivery } from "../../domain/delivery.ts";
import { DELIVERY_STATES } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { DeliveryCount, DeliveryStore, DeliveryView } from "../delivery-store.ts";
import { attemptRow } from "./attempt-rows.ts";
import { readDeliveryRow } from "./change-delivery.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { attemptSort, queueHash } from "./keys.ts";
import { listDeliveries, viewsOf } from "./list-deliveries.ts";
import { listWaiting } from "./list-waiting.ts";
import { partitionFor } from "./places.ts";
import { readQueue } from "./queue.ts";
import { lastOf, type QueryPage, readPage, readRows } from "./read-items.ts";
import { deliveriesOfEvent } from "./remove-event.ts";
import { findSubscription } from "./subscription-rows.ts";
import { QUEUE_INDEX } from "./tables.ts";

const COUNT_LIMIT = 10_000;

type Plain = Pick<
  DeliveryStore,
  | "readDelivery"
  | "listDeliveries"
  | "readDeliveriesOfEvents"
  | "listWaiting"
  | "nextDueAt"
  | "countDeliveries"
  | "readAttempts"
>;

export function makeDeliveries(dynamo: Dynamo): Plain {
  return {
    readDelivery: (projectId, key) => readDelivery(dynamo, projectId, key),
    listDeliveries: (request) => listDeliveries(dynamo, request),
    readDeliveriesOfEvents: (projectId, eventIds) => readDeliveriesOfEvents(dynamo, projectId, eventIds),
    listWaiting: (request) => listWaiting(dynamo, request),
    nextDueAt: (subscriptions) =>
      inParallel(subscriptions, ({ projectId, subscriptionId }) =>
        nextDueAt(dynamo, projectId, subscriptionId),
      ),
    countDeliveries: (projectId, subscriptionId, state) =>
      countDeliveries(dynamo, { projectId, subscriptionId, state }),
    readAttempts: (projectId, key) => readAttempts(dynamo, projectId, key),
  };
}

async function readDelivery(
  dynamo: Dynamo,
  projectId: string,
  key: DeliveryKey,
): Promise<DeliveryView | null> {
  const place = await dynamo.places.find(projectId);
  const row = place === null ? null : await readDeliveryRow(dynamo, place, key);
  if (row === null) return null;
  return (await viewsOf(dynamo, [row.delivery]))[0] ?? null;
}

async function readDeliveriesOfEvents(
  dynamo: Dynamo,
  projectId: string,
  eventIds: readonly string[],
): Promise<Delivery[]> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return [];
  const wanted = eventIds.map((eventId) => ({ projectId, pk: partitionFor(place, eventId), eventId }));
  const rows = await inParallel(wanted, (one) => deliveriesOfEvent(dynamo, one));
  return rows.flat().map(({ delivery }) => delivery);
}

async function nextDueAt(dynamo: Dynamo, projectId: string, subscriptionId: string): Promise<number | null> {
  const row = await findSubscription(dynamo, projectId, subscriptionId);
  if (row === null) return null;
  // At the beginning of time nothing is due: the first of what waits is the next.
  const { due, nextAt } = await readQueue(dynamo, { row, now: 0, want: 1 });
  const times = [...due.map(({ at }) => at), ...(nextAt === null ? [] : [nextAt])];
  return times.length === 0 ? null : Math.min(...times);
}

interface Counting {
  readonly projectId: string;
  readonly subscriptionId: string;
  readonly state: "pending" | "leased" | "dead";
}

/** The service counts in the index, up to the limit; rows of lanes have no state. */
async function countDeliveries(
  dynamo: Dynamo,
  { projectId, subscriptionId, state }: Counting,
): Promise<DeliveryCount> {
  const row = await findSubscription(dynamo, projectId, subscriptionId);
  let count = 0;
  for (let shard = 0; shard < (row?.queues ?? 0) && count <= COUNT_LIMIT; shard++) {
    const query = {
      table: "events",
      index: QUEUE_INDEX,
      countsOnly: true,
      hash: queueHash(projectId, subscriptionId, shard),
      from: state === "dead" ? "x" : "b",
      to: lastOf(state === "dead" ? "x" : "o"),
      filter: { expression: "st = :st", values: { st: DELIVERY_STATES.indexOf(state) } },
    } as const;
    let page: QueryPage | null = null;
    do {
      page = await readPage(dynamo, { ...query, start: page?.next ?? null });
      count += page.count;
    } while (page.next !== null && count <= COUNT_LIMIT);
  }
  return { count: Math.min(count, COUNT_LIMIT), more: count > COUNT_LIMIT };
}

async function readAttempts(
  dynamo: Dynamo,
  projectId: string,
  key: DeliveryKey,
): ReturnType<DeliveryStore["readAttempts"]> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return [];
  const attempts: Awaited<ReturnType<DeliveryStore["readAttempts"]>>[number][] = [];
  const prefix = attemptSort(key);
  const hash = partitionFor(place, key.eventId);
  for await (const item of readRows(dynamo, { table: "events", hash, from: prefix, to: lastOf(prefix) }))
    attempts.push(attemptRow(item));
  return attempts;
}
