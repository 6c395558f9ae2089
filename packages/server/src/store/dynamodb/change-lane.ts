import type { Delivery } from "../../domain/delivery.ts";
import { holdsLane } from "../../domain/lane.ts";
import type { Condition } from "./connection.ts";
import { IS_ABSENT } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { deliveryName, findDeliveries } from "./find-events.ts";
import { numberOf, textOf } from "./item.ts";
import { laneHeadKey, lanePartition, placeSort, ttlOf } from "./keys.ts";
import { emptyLane, headOf, type Lane, type LaneHead, type LaneName, laneItem, laneOf } from "./lane-rows.ts";
import type { Place } from "./places.ts";
import { lastOf, readItem, readRows } from "./read-items.ts";
import type { Write } from "./write-items.ts";

/** What a lane needs to know of a delivery that leaves it. */
type LaneMember = Pick<Delivery, "state" | "lane" | "expiresAt">;

/** What becomes of one delivery of a lane. Null: it is not there. */
export interface LaneChange {
  readonly before: LaneMember | null;
  readonly after: Delivery | null;
}

/** A lane, read strongly. */
export async function readLane(dynamo: Dynamo, name: LaneName): Promise<Lane> {
  const item = await readItem(dynamo, "events", laneHeadKey(name.projectId, name.subscriptionId, name.key));
  return item === null ? emptyLane(name) : laneOf(item);
}

/**
 * The writes that move a lane with one of its deliveries: its row on the condition of its version, and the delivery's place in the line. Whoever changes a delivery of a
 * lane commits these with it, so that all changes of one lane come one after the other.
 */
export async function laneWrites(
  dynamo: Dynamo,
  { place, lane, change }: { readonly place: Place; readonly lane: Lane; readonly change: LaneChange },
): Promise<readonly Write[]> {
  const { before, after } = change;
  const held = before !== null && holds(before);
  const holdsOn = after !== null && holds(after);
  const wasHead = held && lane.head?.position === positionOf(before);
  const staysHead = wasHead && holdsOn && positionOf(after) === positionOf(before);
  const dropped = wasHead && !staysHead ? positionOf(before) : null;
  const rest =
    dropped === null
      ? { head: staysHead ? null : lane.head, stale: [] }
      : await nextHead(dynamo, { place, lane, dropped });
  const head = lower(rest.head, holdsOn ? headOf(after) : null);
  const out = lane.out.filter(({ position }) => before === null || position !== positionOf(before));
  if (after?.state === "leased")
    out.push({ position: positionOf(after), until: after.dueAt, token: after.leaseToken ?? "" });
  out.sort((a, b) => a.position - b.position);
  const ttl = Math.max(lane.ttl, ttlOf((after ?? before)?.expiresAt ?? 0));
  const changed = { ...lane, version: lane.version + 1, head, out, ttl };
  const removed = held && !(holdsOn && positionOf(after) === positionOf(before)) ? [positionOf(before)] : [];
  return [
    rowWrite(dynamo, lane, changed),
    ...[...removed, ...rest.stale].map((position) => placeRemove(lane, position)),
    ...(holdsOn && !(held && positionOf(after) === positionOf(before)) ? [placePut(lane, after)] : []),
  ];
}

function holds({ state, lane }: LaneMember): boolean {
  return lane !== null && holdsLane(state, lane);
}

function positionOf({ lane }: LaneMember): number {
  return lane?.position ?? 0;
}

function lower(one: LaneHead | null, other: LaneHead | null): LaneHead | null {
  if (one === null || other === null) return one ?? other;
  return one.position < other.position ? one : other;
}

function rowWrite(dynamo: Dynamo, lane: Lane, changed: Lane): Write {
  const { projectId, subscriptionId, key, version } = lane;
  const condition: Condition = version === 0 ? IS_ABSENT : { expression: "v = :v", values: { v: version } };
  const { head } = changed;
  if (head !== null) {
    const hash = dynamo.queueShards.hashFor(projectId, subscriptionId, key);
    return { table: "events", put: laneItem({ ...changed, head }, hash), condition };
  }
  return { table: "events", remove: laneHeadKey(projectId, subscriptionId, key), condition };
}

function placePut({ projectId, subscriptionId, key }: Lane, delivery: Delivery): Write {
  const put = {
    pk: lanePartition(projectId, subscriptionId, key),
    sk: placeSort(positionOf(delivery)),
    p: positionOf(delivery),
    e: delivery.eventId,
    c: delivery.cause,
    ttl: ttlOf(delivery.expiresAt),
  };
  return { table: "events", put, condition: null };
}

function placeRemove({ projectId, subscriptionId, key }: Lane, position: number): Write {
  const remove = { pk: lanePartition(projectId, subscriptionId, key), sk: placeSort(position) };
  return { table: "events", remove, condition: null };
}

const PAGE = 4;

/** The lowest delivery but the one that goes; `stale`: places whose delivery is no more, which the storage's TTL may leave. */
async function nextHead(
  dynamo: Dynamo,
  { place, lane, dropped }: { readonly place: Place; readonly lane: Lane; readonly dropped: number },
): Promise<{ readonly head: LaneHead | null; readonly stale: readonly number[] }> {
  const { projectId, subscriptionId, key } = lane;
  const hash = lanePartition(projectId, subscriptionId, key);
  const stale: number[] = [];
  for await (const item of readRows(dynamo, {
    table: "events",
    hash,
    from: "q#",
    to: lastOf("q#"),
    limit: PAGE,
  })) {
    const position = numberOf(item, "p") ?? 0;
    if (position === dropped) continue;
    const name = { eventId: textOf(item, "e") ?? "", subscriptionId, cause: textOf(item, "c") ?? "" };
    const row = (await findDeliveries(dynamo, place, [name])).get(deliveryName(name));
    if (row !== undefined && holds(row.delivery) && positionOf(row.delivery) === position)
      return { head: headOf(row.delivery), stale };
    stale.push(position);
  }
  return { head: null, stale };
}
