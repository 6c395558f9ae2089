import type { Dynamo } from "./dynamo.ts";
import { findEventPlaces, isKept } from "./find-events.ts";
import { removePayload } from "./payloads.ts";
import { partitionFor } from "./places.ts";
import { markDeleted, removeBelongings } from "./remove-event.ts";

/** The mark comes first; whoever meets something of the event from then on drops it. A repeated call finishes what one before left. */
export async function deleteEvent(
  dynamo: Dynamo,
  { projectId, eventId, now }: { readonly projectId: string; readonly eventId: string; readonly now: number },
): Promise<"deleted" | "not_found"> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return "not_found";
  const found = (await findEventPlaces(dynamo, place, [eventId])).get(eventId);
  if (found?.kind === "deleted")
    await removeBelongings(dynamo, place, { pk: partitionFor(place, eventId), eventId });
  if (found?.kind !== "event" || !isKept(found.row.event, now)) return "not_found";
  const isMarked = await markDeleted(dynamo, found.row);
  if (!isMarked) return "not_found";
  await removeBelongings(dynamo, place, { pk: found.row.pk, eventId });
  await removePayload(dynamo, found.row.blobKey);
  return "deleted";
}
