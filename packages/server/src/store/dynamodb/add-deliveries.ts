import type { AddedDelivery, DeliveryStore } from "../delivery-store.ts";
import { pendingRow } from "./commit-events.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEvents } from "./find-events.ts";
import { insertInLane, insertPlain } from "./insert-delivery.ts";
import { deliverySort } from "./keys.ts";
import type { Place } from "./places.ts";
import { removeDelivery } from "./remove-event.ts";
import type { DeliveryRow } from "./rows.ts";
import { takingDeliveries } from "./subscription-rows.ts";

type Request = Parameters<DeliveryStore["addDeliveries"]>[0];

export async function addDeliveries(
  dynamo: Dynamo,
  { projectId, deliveries, now }: Request,
): Promise<number> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return 0;
  const unique = [...new Map(deliveries.map((one) => [deliverySort(one), one])).values()];
  const ids = unique.map(({ subscriptionId }) => subscriptionId);
  const eventIds = unique.map(({ eventId }) => eventId);
  const [events, taking] = await Promise.all([
    findEvents(dynamo, place, { ids: eventIds, now }),
    takingDeliveries(dynamo, projectId, { ids, now }),
  ]);
  const rows = unique.flatMap((added) => {
    const event = events.get(added.eventId);
    if (event === undefined || !taking.has(added.subscriptionId)) return [];
    const made = { entry: added, dueAt: added.dueAt, createdAt: now };
    return [{ added, row: pendingRow(dynamo, { ...event, ...made }) }];
  });
  const made = await insertAll(dynamo, place, { rows, now });
  const left = await findEvents(dynamo, place, { ids: made.map(({ delivery }) => delivery.eventId), now });
  // Of an event that was deleted meanwhile nothing stays behind.
  const gone = made.filter(({ delivery }) => !left.has(delivery.eventId));
  for (const row of gone) await removeDelivery(dynamo, place, row);
  return made.length - gone.length;
}

interface Addition {
  readonly added: AddedDelivery;
  readonly row: DeliveryRow;
}

async function insertAll(
  dynamo: Dynamo,
  place: Place,
  { rows, now }: { readonly rows: readonly Addition[]; readonly now: number },
): Promise<DeliveryRow[]> {
  const plain = rows.map(({ row }) => row).filter(({ delivery }) => delivery.lane === null);
  const inserted = await insertPlain(dynamo, plain);
  const made = plain.filter((_, index) => inserted[index]);
  for (const { added, row } of rows) {
    if (row.delivery.lane === null) continue;
    const { takesNewPosition } = added;
    if (await insertInLane(dynamo, place, { row, takesNewPosition, now })) made.push(row);
  }
  return made;
}
