import type { LaneRow, LaneStore } from "../delivery-store.ts";
import { readLane } from "./change-lane.ts";
import type { Dynamo } from "./dynamo.ts";
import { queueHash } from "./keys.ts";
import { findableAt, isLaneItem, type Lane, laneOf } from "./lane-rows.ts";
import { lastOf, readRows } from "./read-items.ts";
import { findSubscription } from "./subscription-rows.ts";
import { QUEUE_INDEX } from "./tables.ts";

export function makeLanes(dynamo: Dynamo): LaneStore {
  return {
    readLane: async (projectId, subscriptionId, key) => {
      if ((await dynamo.places.find(projectId)) === null) return null;
      return laneRow(await readLane(dynamo, { projectId, subscriptionId, key }));
    },
    listLanes: (request) => listLanes(dynamo, request),
  };
}

function laneRow(lane: Lane): LaneRow | null {
  if (lane.head === null) return null;
  const { key, head, out } = lane;
  return { key, head: head.position, dueAt: findableAt(lane), holder: out[0]?.token ?? null };
}

/** Lanes stand in the queue by time; for people they are read whole and put in the order of their keys. */
async function listLanes(
  dynamo: Dynamo,
  { projectId, subscriptionId, afterKey, limit }: Parameters<LaneStore["listLanes"]>[0],
): Promise<LaneRow[]> {
  const row = await findSubscription(dynamo, projectId, subscriptionId);
  const rows: LaneRow[] = [];
  for (let shard = 0; shard < (row?.queues ?? 0); shard++) {
    const hash = queueHash(projectId, subscriptionId, shard);
    const filter = { expression: "attribute_exists(hp)" };
    const query = { table: "events", index: QUEUE_INDEX, hash, from: "o", to: lastOf("p"), filter } as const;
    for await (const item of readRows(dynamo, query)) {
      const lane = isLaneItem(item) ? laneRow(laneOf(item)) : null;
      if (lane !== null && (afterKey === null || lane.key > afterKey)) rows.push(lane);
    }
  }
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
}
