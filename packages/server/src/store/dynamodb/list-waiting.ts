import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import { stateAt } from "../../domain/subscription.ts";
import type { WaitingRequest } from "../delivery-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { deliveryName, findDeliveries } from "./find-events.ts";
import { committed } from "./list-deliveries.ts";
import { type Entry, keyOfEntry, readQueue } from "./queue.ts";
import { findSubscription } from "./subscription-rows.ts";

/** Of a longer queue than this the rest is not looked at: people see what comes first. */
const LONGEST = 2_000;

export async function listWaiting(dynamo: Dynamo, request: WaitingRequest): Promise<Delivery[]> {
  const { projectId, subscriptionId, now, after, limit } = request;
  const [place, row] = await Promise.all([
    dynamo.places.find(projectId),
    findSubscription(dynamo, projectId, subscriptionId),
  ]);
  if (place === null || row === null) return [];
  const state = stateAt(row.subscription, now);
  if (state === "ended" || state === "deleted") return [];
  const { due } = await readQueue(dynamo, { row, now, want: LONGEST });
  const heads = await findDeliveries(
    dynamo,
    place,
    due.filter(({ kind }) => kind === "lane").map(keyOfEntry),
  );
  const waiting = due.flatMap((entry) => deliveryOf(entry, heads) ?? []);
  const left = waiting
    .filter(({ expiresAt }) => expiresAt > now)
    .filter((delivery) => after === null || compare(delivery, { ...after.key, dueAt: after.dueAt }) > 0)
    .sort(compare)
    .slice(0, limit);
  return [...(await committed(dynamo, place, left))];
}

function deliveryOf(entry: Entry, heads: Awaited<ReturnType<typeof findDeliveries>>): Delivery | undefined {
  if (entry.kind === "delivery") return entry.row.delivery;
  return heads.get(deliveryName(keyOfEntry(entry)))?.delivery;
}

type Waiting = DeliveryKey & { readonly dueAt: number };

function compare(a: Waiting, b: Waiting): number {
  return (
    a.dueAt - b.dueAt || (deliveryName(a) < deliveryName(b) ? -1 : deliveryName(a) > deliveryName(b) ? 1 : 0)
  );
}
