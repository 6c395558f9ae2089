import type { StoredEvent } from "../../domain/event.ts";
import { timeOfId } from "../../domain/ids.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { fenceEvent } from "./fence-event.ts";
import { findEventPlaces } from "./find-events.ts";
import { projectKey } from "./keys.ts";
import type { Place } from "./places.ts";
import { blobKeyOf, type EventRow } from "./rows.ts";
import { updateItem } from "./write-items.ts";

interface PlacedEvent {
  readonly record: { readonly event: StoredEvent };
  readonly place: Place;
}

/** Puts contents that are too large for a row where they stay, before the commit. */
export async function storePayloads(dynamo: Dynamo, records: readonly PlacedEvent[]): Promise<void> {
  const large = records.filter(({ record }) => blobKeyOf(record.event) !== null);
  for (const { place } of large) await noteBlobs(dynamo, place);
  await inParallel(large, async ({ record: { event } }) => {
    const key = blobKeyOf(event);
    if (key !== null) await dynamo.blobs.put(key, event.sealed);
  });
}

/** Whoever sweeps knows by this that there is something to sweep. */
async function noteBlobs(dynamo: Dynamo, { projectId, hasBlobs }: Place): Promise<void> {
  if (hasBlobs) return;
  const condition = { expression: "attribute_exists(pk)" };
  await updateItem(dynamo, "control", {
    key: projectKey(projectId),
    set: "SET hb = :one",
    values: { one: 1 },
    condition,
  });
  dynamo.places.forget(projectId);
}

/** Events with their contents. One whose content has just been removed is left out. */
export async function loadPayloads(dynamo: Dynamo, rows: readonly EventRow[]): Promise<StoredEvent[]> {
  const loaded = await inParallel(rows, async ({ event, blobKey }) => {
    if (blobKey === null) return event;
    const sealed = await dynamo.blobs.read(blobKey);
    return sealed === null ? null : { ...event, sealed };
  });
  return loaded.filter((event) => event !== null);
}

export async function removePayload(dynamo: Dynamo, blobKey: string | null): Promise<void> {
  if (blobKey !== null) await dynamo.blobs.remove(blobKey);
}

/** A content whose event did not come for so long waits for none. */
const ABANDONED_MS = 3_600_000;

/** Removes contents that belong to no event: of commits that never came, and of deletes that were cut short. Gives how many went. */
export async function sweepPayloads(dynamo: Dynamo, place: Place, now: number): Promise<number> {
  let swept = 0;
  const prefix = `${place.projectId}/`;
  for (let after: string | null = null; place.hasBlobs; ) {
    const keys: readonly string[] = await dynamo.blobs.list({ prefix, after });
    const last = keys.at(-1);
    if (last === undefined) break;
    after = last;
    const ids = keys.map((key) => key.slice(prefix.length)).filter((id) => now - timeOfId(id) > ABANDONED_MS);
    for (const [eventId, found] of await findEventPlaces(dynamo, place, ids)) {
      if (found.kind === "event") continue;
      if (
        found.kind === "nothing" &&
        !(await fenceEvent(dynamo, place, { eventId, until: now + ABANDONED_MS }))
      )
        continue;
      await dynamo.blobs.remove(prefix + eventId);
      swept += 1;
    }
  }
  return swept;
}
