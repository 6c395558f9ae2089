import { IS_ABSENT } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { eventSort } from "./keys.ts";
import { type Place, partitionFor } from "./places.ts";
import { goneItem } from "./rows.ts";
import { putItem } from "./write-items.ts";

/** A commit whose event is not there after so long never came: whoever finds what it left may fence it. */
export const ABANDONED_MS = 60_000;

/**
 * Sees to it that an event which is not there is never committed: something stands in its place from now on. False: the event is there, or was. `until`: so long
 * at least the fence stands.
 */
export async function fenceEvent(
  dynamo: Dynamo,
  place: Place,
  { eventId, until }: { readonly eventId: string; readonly until: number },
): Promise<boolean> {
  const pk = partitionFor(place, eventId);
  const item = goneItem({ pk, sk: eventSort(eventId) }, "fenced", until);
  const outcome = await putItem(dynamo, "events", { item, condition: IS_ABSENT });
  return outcome.isDone || outcome.old?.g === "fenced";
}
