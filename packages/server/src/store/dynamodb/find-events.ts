import type { StoredEvent } from "../../domain/event.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { Dynamo } from "./dynamo.ts";
import { deliverySort, eventSort } from "./keys.ts";
import { type Place, partitionFor } from "./places.ts";
import { readItems } from "./read-items.ts";
import { type DeliveryRow, deliveryRow, type EventPlace, type EventRow, eventPlace } from "./rows.ts";

/** What stands in the places of events, read strongly, by id. */
export async function findEventPlaces(
  dynamo: Dynamo,
  place: Place,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EventPlace>> {
  const keys = ids.map((id) => ({ pk: partitionFor(place, id), sk: eventSort(id) }));
  const items = await readItems(dynamo, "events", { keys });
  const places = new Map<string, EventPlace>(ids.map((id) => [id, { kind: "nothing" }]));
  for (const item of items.values()) places.set(item.sk.slice(2), eventPlace(place.projectId, item));
  return places;
}

/** Events that are there and not past their last date, by id. */
export async function findEvents(
  dynamo: Dynamo,
  place: Place,
  { ids, now }: { readonly ids: readonly string[]; readonly now: number },
): Promise<ReadonlyMap<string, EventRow>> {
  const rows = new Map<string, EventRow>();
  for (const [id, found] of await findEventPlaces(dynamo, place, ids))
    if (found.kind === "event" && isKept(found.row.event, now)) rows.set(id, found.row);
  return rows;
}

export function isKept({ expiresAt }: Pick<StoredEvent, "expiresAt">, now: number): boolean {
  return expiresAt > now;
}

/** The rows of deliveries, read strongly, by the name of their key. */
export async function findDeliveries(
  dynamo: Dynamo,
  place: Place,
  keys: readonly DeliveryKey[],
): Promise<ReadonlyMap<string, DeliveryRow>> {
  const wanted = keys.map((key) => ({ pk: partitionFor(place, key.eventId), sk: deliverySort(key) }));
  const items = await readItems(dynamo, "events", { keys: wanted });
  return new Map([...items.values()].map((item) => [item.sk, deliveryRow(place.projectId, item)]));
}

/** The name under which `findDeliveries` gives what it found. */
export const deliveryName = deliverySort;
