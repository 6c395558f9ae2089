import type { CopiedRows } from "../copy-store.ts";
import { IS_ABSENT } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEventPlaces } from "./find-events.ts";
import { orderingKey } from "./keys.ts";
import { keyPlanPut, readOrderingKey } from "./ordering-keys.ts";
import { type Place, partitionFor } from "./places.ts";
import { planItem } from "./plan-rows.ts";
import { transact, type Write } from "./write-items.ts";

/** A plan of an event that is there already; one of an ordering key takes its place in that key's line. */
export async function importPlan(
  dynamo: Dynamo,
  place: Place,
  { projectId, eventId, orderingKeyIndex, dueAt, plan }: CopiedRows["plans"],
): Promise<void> {
  const found = (await findEventPlaces(dynamo, place, [eventId])).get(eventId);
  if (found?.kind !== "event") return;
  const { event, position } = found.row;
  const pk = partitionFor(place, eventId);
  const record = { event, sealOrder: null, dueAt, plan, isWide: true, idempotency: null };
  const put: Write = { table: "events", put: planItem({ pk, record, position }), condition: IS_ABSENT };
  if (orderingKeyIndex === null || position === null) {
    await transact(dynamo, [put]);
    return;
  }
  const key = await readOrderingKey(dynamo, projectId, orderingKeyIndex);
  const counted = { set: "ADD np :one", values: { one: 1 }, condition: null };
  await transact(dynamo, [
    put,
    keyPlanPut(key, { eventId, position, until: event.expiresAt }),
    { table: "events", update: { key: orderingKey(projectId, orderingKeyIndex), ...counted } },
  ]);
}
