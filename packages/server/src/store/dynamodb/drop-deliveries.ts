import { type DeliveryKey, timeOfId } from "../../domain/ids.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { deliveryName, findDeliveries, findEventPlaces, isKept } from "./find-events.ts";
import { removeDelivery } from "./remove-event.ts";
import type { EventPlace } from "./rows.ts";

/** A commit whose event is not there yet may be under way for so long. */
const ABANDONED_MS = 60_000;

export async function dropDeliveries(
  dynamo: Dynamo,
  request: { readonly projectId: string; readonly keys: readonly DeliveryKey[]; readonly now: number },
): Promise<void> {
  const { projectId, keys, now } = request;
  const place = await dynamo.places.find(projectId);
  if (place === null) return;
  const events = await findEventPlaces(
    dynamo,
    place,
    keys.map(({ eventId }) => eventId),
  );
  const gone = keys.filter(({ eventId }) => isGone(events.get(eventId), { eventId, now }));
  const rows = await findDeliveries(dynamo, place, gone);
  await inParallel(gone, async (key) => {
    const row = rows.get(deliveryName(key));
    if (row !== undefined) await removeDelivery(dynamo, place, row);
  });
}

function isGone(
  found: EventPlace | undefined,
  { eventId, now }: { readonly eventId: string; readonly now: number },
): boolean {
  if (found?.kind === "event") return !isKept(found.row.event, now);
  return found?.kind !== "nothing" || now - timeOfId(eventId) > ABANDONED_MS;
}
