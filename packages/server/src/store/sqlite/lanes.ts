import type { LaneRow, LaneStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { idBytes, SHELF, stateNumber } from "./rows.ts";
import { sql } from "./sql.ts";

/*
 * A lane has no row of its own: it is the deliveries that hold it, in the order of `deliveries_lane`. Its head alone is findable (`ready_at`), and `showHead` sees to that
 * after every change of one of them, in the same transaction. A row per lane would be a second truth, and one write more for each record, lease and settle.
 */

/** A delivery as it stands in its lane. */
interface Standing {
  readonly event: Uint8Array;
  readonly cause: Uint8Array;
  readonly state: number;
  readonly dueAt: number;
  readonly readyAt: number | null;
  readonly position: number;
  readonly leaseToken: string | null;
}

type StandingTuple = readonly [
  event: Uint8Array,
  cause: Uint8Array,
  state: number,
  dueAt: number,
  readyAt: number | null,
  position: number,
  leaseToken: string | null,
];

const PENDING = stateNumber("pending");
const LEASED = stateNumber("leased");
const DEAD = stateNumber("dead");

interface LaneOwner {
  readonly project: number;
  readonly subscription: Uint8Array;
}

const FRONT =
  sql<StandingTuple>(`SELECT event, cause, state, due_at, ready_at, position, lease_token FROM deliveries
  INDEXED BY deliveries_lane
  WHERE project = ? AND subscription = ? AND lane_key = ? AND (state < 2 OR (state = 3 AND parks = 1))
  ORDER BY position, event, cause LIMIT 2`);

/** The head of a lane and the one behind it. */
export function laneFront(db: Database, { project, subscription }: LaneOwner, key: string): Standing[] {
  return db
    .all(FRONT, project, subscription, key)
    .map(([event, cause, state, dueAt, readyAt, position, leaseToken]) => {
      return { event, cause, state, dueAt, readyAt, position, leaseToken };
    });
}

const OUT = sql<readonly [string | null, number]>(`SELECT lease_token, due_at FROM deliveries
  INDEXED BY deliveries_lane_out WHERE project = ? AND subscription = ? AND lane_key = ? AND state = 1`);

/**
 * Makes the head of a lane, and nobody else in it, findable. One that was the head before stands right behind it: rows come into a lane and leave
 * it one by one.
 */
export function showHead(db: Database, owner: LaneOwner, key: string): void {
  const [head, second] = laneFront(db, owner, key);
  if (head !== undefined) place(db, owner, { one: head, readyAt: laneDueAt(head, outOf(db, owner, key)) });
  if (second !== undefined) place(db, owner, { one: second, readyAt: null });
}

export function outOf(db: Database, { project, subscription }: LaneOwner, key: string) {
  return db.all(OUT, project, subscription, key);
}

/** When the head may go out: not while a lease is out in its lane, never while it is dead. */
export function laneDueAt(head: Standing, out: readonly (readonly [string | null, number])[]): number | null {
  if (head.state === DEAD) return null;
  return out.reduce((latest, [, dueAt]) => Math.max(latest, dueAt), head.dueAt);
}

/** When a lease may find it from now on; null: not before its lane moves. */
interface Placing {
  readonly one: Standing;
  readonly readyAt: number | null;
}

const PLACE = sql(`UPDATE deliveries SET shelf = ?, ready_at = ?
  WHERE project = ? AND event = ? AND subscription = ? AND cause = ?`);

function place(db: Database, owner: LaneOwner, { one, readyAt }: Placing): void {
  if (one.readyAt === readyAt) return;
  const pendingShelf = readyAt === null ? SHELF.blocked : SHELF.pending;
  const shelf = one.state === PENDING ? pendingShelf : SHELF.leased;
  db.run(PLACE, shelf, readyAt, owner.project, one.event, owner.subscription, one.cause);
}

/** True while a lower position of its lane keeps a pending delivery back. */
export function isBlocked(
  db: Database,
  owner: LaneOwner,
  lane: { readonly key: string; readonly position: number },
): boolean {
  const [head] = laneFront(db, owner, lane.key);
  return head?.position !== lane.position;
}

export function readLane(
  db: Database,
  ...[projectId, subscriptionId, key]: Parameters<LaneStore["readLane"]>
): LaneRow | null {
  const project = db.projectNumber(projectId);
  return project === null ? null : laneRow(db, { project, subscription: idBytes(subscriptionId) }, key);
}

const NEXT_KEY = sql<readonly [string]>(`SELECT lane_key FROM deliveries INDEXED BY deliveries_lane
  WHERE project = ? AND subscription = ? AND lane_key > ? AND (state < 2 OR (state = 3 AND parks = 1))
  ORDER BY lane_key LIMIT 1`);

export function listLanes(db: Database, request: Parameters<LaneStore["listLanes"]>[0]): LaneRow[] {
  const project = db.projectNumber(request.projectId);
  if (project === null) return [];
  const owner = { project, subscription: idBytes(request.subscriptionId) };
  const lanes: LaneRow[] = [];
  let after = request.afterKey ?? "";
  while (lanes.length < request.limit) {
    const [key] = db.get(NEXT_KEY, project, owner.subscription, after) ?? [];
    const lane = key === undefined ? null : laneRow(db, owner, key);
    if (key === undefined || lane === null) break;
    lanes.push(lane);
    after = key;
  }
  return lanes;
}

function laneRow(db: Database, owner: LaneOwner, key: string): LaneRow | null {
  const [head] = laneFront(db, owner, key);
  if (head === undefined) return null;
  const out = outOf(db, owner, key);
  const holder = head.state === LEASED ? head.leaseToken : (out[0]?.[0] ?? null);
  return { key, head: head.position, dueAt: laneDueAt(head, out), holder };
}
