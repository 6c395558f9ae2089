import { type Delivery, isOpen } from "../../domain/delivery.ts";
import { holdsLane } from "../../domain/lane.ts";
import type { StoreFault } from "../copy-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { findLaneFaults, type LaneCheck } from "./find-lane-faults.ts";
import { keyName, textOf } from "./item.ts";
import { credentialKey, queueHash } from "./keys.ts";
import { readItems } from "./read-items.ts";
import { type DeliveryRow, deliveryRow, eventPlace } from "./rows.ts";
import { subscriptionRow } from "./subscription-rows.ts";
import {
  type Found,
  keepThoseOfEvents,
  walkEventTable,
  walkProjects,
  walkRowsOfProjects,
} from "./walk-rows.ts";

type Fault = Pick<StoreFault, "kind"> & { readonly what: string };

const MISPLACED: Fault = { kind: "lane", what: "deliveries stand where no lease looks for them" };
const NO_SUBSCRIPTION: Fault = { kind: "orphan", what: "open deliveries of a subscription that is gone" };
const NO_CREDENTIAL: Fault = {
  kind: "orphan",
  what: "credentials that their project lists and that are gone",
};
const NO_CONTENT: Fault = { kind: "integrity", what: "contents of events that are missing in the bucket" };

/** The service looks after its disks itself; this looks at what stands in the tables and the bucket. What names an event that never came is no fault, nor what the storage's TTL has yet to take. */
export async function findFaults(dynamo: Dynamo, limit: number): Promise<StoreFault[]> {
  const faults: StoreFault[] = [];
  const projects = walkProjects(dynamo, null);
  for await (const { projectId } of projects) {
    const check: LaneCheck = { projectId, positions: new Map(), lanes: new Map() };
    for (const fault of [
      ...(await checkDeliveries(dynamo, check)),
      ...(await checkContents(dynamo, check)),
      ...(await checkCredentials(dynamo, projectId)),
      ...(await findLaneFaults(dynamo, check)),
    ])
      faults.push(fault);
    if (faults.length >= limit) break;
  }
  return faults.slice(0, limit);
}

/** Rows of a kind in one project, some at a time. */
async function* pagesOf(
  rows: AsyncIterable<Found>,
  projectId: string,
): AsyncGenerator<readonly Found[], undefined> {
  let page: Found[] = [];
  for await (const found of rows) {
    if (found.projectId !== projectId) break;
    page.push(found);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}

const PAGE = 100;

async function checkDeliveries(dynamo: Dynamo, check: LaneCheck): Promise<StoreFault[]> {
  const { projectId } = check;
  const queues = await queuesOf(dynamo, projectId);
  const rows = walkEventTable("d#")(dynamo, [projectId, "d#"]);
  let [misplaced, ofNone] = [0, 0];
  for await (const page of pagesOf(rows, projectId))
    for (const { item } of await keepThoseOfEvents(dynamo, page)) {
      const row = deliveryRow(projectId, item);
      noteLane(check, row.delivery);
      const { state, subscriptionId } = row.delivery;
      const shards = queues.get(subscriptionId);
      if (shards === undefined) ofNone += isOpen(state) ? 1 : 0;
      else if (!isFindable(row, shards)) misplaced += 1;
    }
  return [...told(projectId, MISPLACED, misplaced), ...told(projectId, NO_SUBSCRIPTION, ofNone)];
}

/** The number of shards of each subscription's queue. */
async function queuesOf(dynamo: Dynamo, projectId: string): Promise<ReadonlyMap<string, number>> {
  const queues = new Map<string, number>();
  for await (const page of pagesOf(walkRowsOfProjects("s#")(dynamo, [projectId, "s#"]), projectId))
    for (const { item } of page) {
      const { subscription, queues: count } = subscriptionRow(item);
      queues.set(subscription.id, count);
    }
  return queues;
}

/** An open or dead one stands in a shard of its queue that a lease reads, a settled one in none. */
function isFindable({ delivery, queueHash: hash, queueSort }: DeliveryRow, shards: number): boolean {
  const { projectId, subscriptionId, state } = delivery;
  if (!isOpen(state) && state !== "dead") return queueSort === null;
  if (queueSort === null) return false;
  return Array.from({ length: shards }, (_, shard) => queueHash(projectId, subscriptionId, shard)).includes(
    hash,
  );
}

function noteLane({ positions, lanes }: LaneCheck, delivery: Delivery): void {
  const { lane, state, subscriptionId } = delivery;
  if (lane === null) return;
  positions.set(lane.key, Math.max(positions.get(lane.key) ?? 0, lane.position));
  if (!holdsLane(state, lane)) return;
  const name = `${subscriptionId}#${lane.key}`;
  lanes.set(name, [...(lanes.get(name) ?? []), delivery]);
}

async function checkContents(dynamo: Dynamo, { projectId }: LaneCheck): Promise<StoreFault[]> {
  const place = await dynamo.places.find(projectId);
  if (place === null || !place.hasBlobs) return [];
  const wanted = new Set<string>();
  for await (const { item, projectId: owner } of walkEventTable("e#")(dynamo, [projectId, "e#"])) {
    if (owner !== projectId) break;
    const found = eventPlace(projectId, item);
    if (found.kind === "event" && found.row.blobKey !== null) wanted.add(found.row.blobKey);
  }
  for (let after: string | null = null; ; ) {
    const keys: readonly string[] = await dynamo.blobs.list({ prefix: `${projectId}/`, after });
    for (const key of keys) wanted.delete(key);
    after = keys.at(-1) ?? null;
    if (after === null) return told(projectId, NO_CONTENT, wanted.size);
  }
}

async function checkCredentials(dynamo: Dynamo, projectId: string): Promise<StoreFault[]> {
  let missing = 0;
  for await (const page of pagesOf(walkRowsOfProjects("c#")(dynamo, [projectId, "c#"]), projectId)) {
    const keys = page.map(({ item }) => credentialKey(textOf(item, "h") ?? ""));
    const items = await readItems(dynamo, "control", { keys });
    missing += keys.filter((key) => !items.has(keyName(key))).length;
  }
  return told(projectId, NO_CREDENTIAL, missing);
}

function told(projectId: string, { kind, what }: Fault, count: number): StoreFault[] {
  return count === 0 ? [] : [{ kind, detail: `project ${projectId}: ${count} ${what}` }];
}
