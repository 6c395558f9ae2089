import type { Delivery } from "../../domain/delivery.ts";
import type { Dynamo } from "./dynamo.ts";
import { textOf } from "./item.ts";
import { projectKey, subscriptionKey } from "./keys.ts";
import type { PlacedRecord } from "./placed-record.ts";
import { type Place, shardCount } from "./places.ts";
import { readItem } from "./read-items.ts";
import { subscriptionRow } from "./subscription-rows.ts";
import { updateItem } from "./write-items.ts";

/** For 500,000 events a second of one project. Every page of its feed and of its lists asks all of them. */
export const MOST_PROJECT_SHARDS = 8_192;
/** A lease asks all of them. */
export const MOST_QUEUE_SHARDS = 256;
const UNIT_BYTES = 1_024;
/** An event's own row, and its deliveries: inserted, leased, settled. */
const UNITS_OF_DELIVERY = 3;

/** Notes what was written, and doubles the shards of what is too hot. */
export async function noteWrites(dynamo: Dynamo, records: readonly PlacedRecord[]): Promise<void> {
  for (const { record, place } of records) {
    const { event, plan, isWide } = record;
    const rows = isWide ? 0 : plan.length * UNITS_OF_DELIVERY;
    const units = Math.ceil((event.sealed.byteLength + 400) / UNIT_BYTES) + rows;
    if (dynamo.heat.isTooMuch(place.projectId, { units, shards: shardCount(place) }))
      await growProject(dynamo, place);
    if (isWide) continue;
    for (const { subscriptionId } of plan)
      await noteQueue(dynamo, { projectId: place.projectId, subscriptionId });
  }
}

async function noteQueue(
  dynamo: Dynamo,
  { projectId, subscriptionId }: Pick<Delivery, "projectId" | "subscriptionId">,
): Promise<void> {
  const shards = dynamo.queueShards.countOf(projectId, subscriptionId);
  const written = { units: UNITS_OF_DELIVERY, shards };
  if (dynamo.heat.isTooMuch(`${projectId}#${subscriptionId}`, written))
    await growQueue(dynamo, { projectId, subscriptionId });
}

/** What is not written by then is given up: it would come too late for the others. */
const WRITE_WITHIN_MS = 2_000;
/** By then no node uses an older copy of the project's row, 2 s after the write at the latest, though one clock be 5 s ahead and the other 5 s behind. */
const NOTICE_MS = 15_000;

/** Twice the shards for what comes after the notice; what is there stays where it is. */
async function growProject(dynamo: Dynamo, place: Place): Promise<void> {
  const key = projectKey(place.projectId);
  const item = await readItem(dynamo, "control", key);
  const before = item === null ? null : textOf(item, "sh");
  const count = shardCount(place) * 2;
  const steps: readonly (readonly [number, number])[] = JSON.parse(before ?? "[]");
  const known = steps.at(-1)?.[1] ?? 1;
  dynamo.places.forget(place.projectId);
  // Another node may have doubled them already.
  if (item === null || known >= count || count > MOST_PROJECT_SHARDS) return;
  const deadline = AbortSignal.timeout(WRITE_WITHIN_MS);
  const after = JSON.stringify([...steps, [dynamo.storeTime() + NOTICE_MS, count]]);
  const isSame = before === null ? "attribute_not_exists(sh)" : "sh = :before";
  await updateItem(dynamo, "control", {
    key,
    set: "SET sh = :after",
    values: { after },
    condition: {
      expression: `attribute_exists(pk) AND ${isSame}`,
      values: before === null ? {} : { before },
    },
    deadline,
  });
}

/** The row comes first: whoever leases reads it, and then looks at as many shards as anybody writes to. */
async function growQueue(
  dynamo: Dynamo,
  { projectId, subscriptionId }: Pick<Delivery, "projectId" | "subscriptionId">,
): Promise<void> {
  const key = subscriptionKey(projectId, subscriptionId);
  const item = await readItem(dynamo, "control", key);
  if (item === null) return;
  const { queues } = subscriptionRow(item);
  const isSame = queues === 1 ? "attribute_not_exists(qn)" : "qn = :before";
  const after = Math.min(MOST_QUEUE_SHARDS, queues * 2);
  const outcome = await updateItem(dynamo, "control", {
    key,
    set: "SET qn = :after",
    values: { after },
    condition: {
      expression: `attribute_exists(pk) AND ${isSame}`,
      values: queues === 1 ? {} : { before: queues },
    },
  });
  if (outcome.isDone) dynamo.queueShards.note(projectId, subscriptionId, after);
}
