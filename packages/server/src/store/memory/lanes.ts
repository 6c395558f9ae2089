import type { LaneRow, LaneStore } from "../delivery-store.ts";
import { type Lane, laneDueAt } from "./queue.ts";
import type { Tables } from "./tables.ts";

export function makeLanes(tables: Tables): LaneStore {
  const lanesOf = (projectId: string, subscriptionId: string) =>
    tables.projects.get(projectId)?.queues.get(subscriptionId)?.lanes;
  return {
    readLane: async (projectId, subscriptionId, key) => {
      const lane = lanesOf(projectId, subscriptionId)?.get(key);
      return lane === undefined ? null : laneRow(key, lane);
    },
    listLanes: async ({ projectId, subscriptionId, afterKey, limit }) => {
      const lanes = [...(lanesOf(projectId, subscriptionId) ?? [])];
      const behind = lanes.filter(([key]) => afterKey === null || key > afterKey);
      behind.sort(([a], [b]) => (a < b ? -1 : 1));
      return behind.slice(0, limit).map(([key, lane]) => laneRow(key, lane));
    },
  };
}

function laneRow(key: string, lane: Lane): LaneRow {
  const head = lane.rows.first()?.delivery;
  const [other] = lane.out;
  const holder = head?.state === "leased" ? head : other?.delivery;
  return { key, head: head?.lane?.position ?? 0, dueAt: laneDueAt(lane), holder: holder?.leaseToken ?? null };
}
