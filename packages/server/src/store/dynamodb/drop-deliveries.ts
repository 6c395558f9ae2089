import { type DeliveryKey, timeOfId } from "../../domain/ids.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { ABANDONED_MS, fenceEvent } from "./fence-event.ts";
import { deliveryName, findDeliveries, findEventPlaces, isKept } from "./find-events.ts";
import type { Place } from "./places.ts";
import { removeDelivery } from "./remove-event.ts";
import type { EventPlace } from "./rows.ts";

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
  const judged = await inParallel(keys, ({ eventId }) =>
    isGone(dynamo, place, { found: events.get(eventId), eventId, now }),
  );
  const gone = keys.filter((_, index) => judged[index]);
  const rows = await findDeliveries(dynamo, place, gone);
  await inParallel(gone, async (key) => {
    const row = rows.get(deliveryName(key));
    if (row !== undefined) await removeDelivery(dynamo, place, row);
  });
}

interface Question {
  readonly found: EventPlace | undefined;
  readonly eventId: string;
  readonly now: number;
}

/** What names an event that is not there belongs to a commit under way, or to one that never came: then its event is fenced first. */
async function isGone(dynamo: Dynamo, place: Place, { found, eventId, now }: Question): Promise<boolean> {
  if (found?.kind === "event") return !isKept(found.row.event, now);
  if (found?.kind !== "nothing") return true;
  if (now - timeOfId(eventId) <= ABANDONED_MS) return false;
  return fenceEvent(dynamo, place, { eventId, until: now + ABANDONED_MS });
}
