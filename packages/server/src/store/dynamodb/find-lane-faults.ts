import type { Delivery } from "../../domain/delivery.ts";
import type { StoreFault } from "../copy-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { keyName, numberOf } from "./item.ts";
import { laneHeadKey, lanePartition, orderingKey, placeSort } from "./keys.ts";
import { laneOf } from "./lane-rows.ts";
import { readItem, readItems } from "./read-items.ts";

/** What of one project was seen of lanes so far. */
export interface LaneCheck {
  readonly projectId: string;
  /** Highest position by ordering key, of what is there. */
  readonly positions: Map<string, number>;
  /** Deliveries that hold a lane, by the lane. */
  readonly lanes: Map<string, Delivery[]>;
}

/** Lanes whose row does not name their lowest delivery, or a delivery without its place in the line: what stands behind would never go out. */
export async function findLaneFaults(dynamo: Dynamo, check: LaneCheck): Promise<StoreFault[]> {
  const { projectId, lanes, positions } = check;
  const faults: StoreFault[] = [];
  const say = (what: string, count: number) => {
    if (count > 0) faults.push({ kind: "lane", detail: `project ${projectId}: ${count} ${what}` });
  };
  let [wrongHeads, noPlaces, lateKeys] = [0, 0, 0];
  for (const deliveries of lanes.values()) {
    if (!(await hasItsHead(dynamo, deliveries))) wrongHeads += 1;
    noPlaces += await countWithoutPlace(dynamo, deliveries);
  }
  for (const [key, position] of positions) {
    const item = await readItem(dynamo, "events", orderingKey(projectId, key));
    if (item === null || (numberOf(item, "n") ?? 0) < position) lateKeys += 1;
  }
  say("lanes do not hand out their head, or hand out others", wrongHeads);
  say("deliveries have no place in their lane", noPlaces);
  say("ordering keys are behind the positions they gave", lateKeys);
  return faults;
}

async function hasItsHead(dynamo: Dynamo, deliveries: readonly Delivery[]): Promise<boolean> {
  const head = deliveries.reduce((least, one) => (positionOf(one) < positionOf(least) ? one : least));
  const { projectId, subscriptionId, lane } = head;
  const item = await readItem(dynamo, "events", laneHeadKey(projectId, subscriptionId, lane?.key ?? ""));
  if (item === null) return false;
  const row = laneOf(item);
  const isSame = row.head.position === positionOf(head) && row.head.eventId === head.eventId;
  const out = deliveries.filter(({ state }) => state === "leased").map(positionOf);
  return isSame && row.head.isDead === (head.state === "dead") && row.out.length === out.length;
}

async function countWithoutPlace(dynamo: Dynamo, deliveries: readonly Delivery[]): Promise<number> {
  const keys = deliveries.map((delivery) => ({
    pk: lanePartition(delivery.projectId, delivery.subscriptionId, delivery.lane?.key ?? ""),
    sk: placeSort(positionOf(delivery)),
  }));
  const items = await readItems(dynamo, "events", { keys });
  return keys.filter((key) => !items.has(keyName(key))).length;
}

function positionOf({ lane }: Delivery): number {
  return lane?.position ?? 0;
}
