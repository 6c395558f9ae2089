import type { LaneRow, LaneStore } from "../delivery-store.ts";
import { texts, uuids } from "./pack-arrays.ts";
import { idValue, SHELF, stateNumber } from "./rows.ts";
import type { Session, Transaction } from "./session.ts";
import { fewRows, PROJECT, sql } from "./sql.ts";

/*
 * A lane has no row of its own: it is the deliveries of its key in `deliveries_open`, in the order of `deliveries_lane`. Its head alone is findable (`ready_at`). Whoever
 * changes which deliveries stand in it first locks its ordering key, which covers the lanes of that key in all subscriptions, and shows the head before the commit.
 * A lease that leaves the delivery where it is locks no more than its row. A row per lane would be a second truth, and one write more for each record, lease and settle; a
 * lock per lane would let two subscriptions settle the same key at once, but no record beside either.
 */

/** The lane of a key in a subscription. */
export interface Lane {
  readonly subscriptionId: string;
  readonly key: string;
}

const LOCK_KEYS =
  sql(`SELECT FROM ordering_keys AS k WHERE k.project = ${PROJECT} AND k.key_index = ANY($2::text[])
  ORDER BY k.key_index FOR UPDATE`);

/** Holds ordering keys until the end of the transaction: waits for others who do. */
export async function lockKeys(tx: Transaction, projectId: string, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await tx.run(LOCK_KEYS, projectId, texts(keys));
}

const LOCK_FREE_KEYS = sql<readonly [string]>(`SELECT k.key_index FROM ordering_keys AS k
  WHERE k.project = ${PROJECT} AND k.key_index = ANY($2::text[]) FOR UPDATE SKIP LOCKED`);

/** Holds those of these keys that nobody holds, and gives them. */
export async function lockFreeKeys(
  tx: Transaction,
  projectId: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  return new Set((await tx.all(LOCK_FREE_KEYS, projectId, texts(keys))).map(([key]) => key));
}

const LANES = fewRows("$2::uuid[], $3::text[]", "l (subscription, key)");
const IN_LANE = `d.project = ${PROJECT} AND d.subscription = l.subscription AND d.lane_key = l.key`;
/** When the last lease that is out in the lane ends. */
const OUT = `SELECT max(d.due_at) FROM deliveries_open AS d WHERE ${IN_LANE} AND d.state = ${stateNumber("leased")}`;

/** Made findable: not while a lease is out in its lane, never while it is dead. */
const SHOW_HEADS = sql(`UPDATE deliveries_open AS d
  SET shelf = CASE d.state WHEN ${stateNumber("pending")} THEN ${SHELF.pending} ELSE ${SHELF.leased} END,
    ready_at = greatest(d.due_at, o.due_at)
  FROM ${LANES} CROSS JOIN LATERAL (SELECT d.event, d.cause FROM deliveries_open AS d WHERE ${IN_LANE}
    ORDER BY d.position, d.event, d.cause LIMIT 1) AS h CROSS JOIN LATERAL (${OUT}) AS o (due_at)
  WHERE d.project = ${PROJECT} AND d.event = h.event AND d.subscription = l.subscription AND d.cause = h.cause
    AND d.state <> ${stateNumber("dead")} AND d.ready_at IS DISTINCT FROM greatest(d.due_at, o.due_at)`);

/** Makes the heads of lanes findable, after deliveries have left them or changed in them. Their keys are locked. */
export function showHeads(tx: Transaction, projectId: string, lanes: readonly Lane[]): void {
  if (lanes.length > 0) tx.send(SHOW_HEADS, projectId, ...laneArrays(lanes));
}

/** Each lane once. */
function laneArrays(lanes: readonly Lane[]): [Buffer, Buffer] {
  const different = [...new Map(lanes.map((lane) => [laneText(lane), lane])).values()];
  return [
    uuids(different.map(({ subscriptionId }) => subscriptionId)),
    texts(different.map(({ key }) => key)),
  ];
}

/** A lane as a text, for maps. */
export function laneText({ subscriptionId, key }: Lane): string {
  return `${subscriptionId} ${key}`;
}

/** The delivery at the front of a lane. */
export interface Head {
  readonly eventId: string;
  /** As it is stored. */
  readonly cause: string;
  readonly position: number;
  readonly isShown: boolean;
  /** When the last lease that is out in the lane ends. */
  readonly outUntil: number | null;
}

type HeadTuple = readonly [
  subscription: string,
  key: string,
  event: string,
  cause: string,
  position: number,
  isShown: boolean,
  outUntil: number | null,
];

/** The lock of the row makes sure that no lease takes it meanwhile; what `OUT` has not seen of the last one, the row tells. */
const READ_HEADS =
  sql<HeadTuple>(`SELECT l.subscription, l.key, h.event, h.cause, h.position, h.ready_at IS NOT NULL,
    greatest((${OUT}), CASE h.state WHEN ${stateNumber("leased")} THEN h.due_at END)
  FROM ${LANES} CROSS JOIN LATERAL (SELECT d.event, d.cause, d.position, d.ready_at, d.state, d.due_at
    FROM deliveries_open AS d WHERE ${IN_LANE} ORDER BY d.position, d.event, d.cause LIMIT 1 FOR UPDATE) AS h`);

/** The heads of lanes that are not empty, locked, by `laneText`. Their keys are locked. */
export async function readHeads(
  tx: Transaction,
  projectId: string,
  lanes: readonly Lane[],
): Promise<ReadonlyMap<string, Head>> {
  if (lanes.length === 0) return new Map();
  const tuples = await tx.all(READ_HEADS, projectId, ...laneArrays(lanes));
  return new Map(
    tuples.map(([subscriptionId, key, eventId, cause, position, isShown, outUntil]) => [
      laneText({ subscriptionId, key }),
      { eventId, cause, position, isShown, outUntil },
    ]),
  );
}

type LaneTuple = readonly [
  key: string,
  position: number,
  state: number,
  dueAt: number,
  leaseToken: string | null,
  outUntil: number | null,
  outToken: string | null,
];

const FRONT = `SELECT d.lane_key, d.position, d.state, d.due_at, d.lease_token FROM deliveries_open AS d
  WHERE d.project = ${PROJECT} AND d.subscription = $2`;
const WITH_OUT = `CROSS JOIN LATERAL (SELECT max(d.due_at), max(d.lease_token) FROM deliveries_open AS d
  WHERE d.project = ${PROJECT} AND d.subscription = $2 AND d.lane_key = f.lane_key
  AND d.state = ${stateNumber("leased")}) AS o (due_at, lease_token)`;
const READ = sql<LaneTuple>(`SELECT f.*, o.* FROM
  (${FRONT} AND d.lane_key = $3 ORDER BY d.position, d.event, d.cause LIMIT 1) AS f ${WITH_OUT}`);
/** From one key to the next: a lane may be long. */
const LIST = sql<LaneTuple>(`WITH RECURSIVE f AS (
    (${FRONT} AND d.lane_key > $3 ORDER BY d.lane_key, d.position, d.event, d.cause LIMIT 1)
    UNION ALL
    SELECT n.* FROM f CROSS JOIN LATERAL
      (${FRONT} AND d.lane_key > f.lane_key ORDER BY d.lane_key, d.position, d.event, d.cause LIMIT 1) AS n
  )
  SELECT f.*, o.* FROM (SELECT * FROM f LIMIT $4) AS f ${WITH_OUT}`);

export async function readLane(
  db: Session,
  ...[projectId, subscriptionId, key]: Parameters<LaneStore["readLane"]>
): Promise<LaneRow | null> {
  const tuple = await db.get(READ, projectId, idValue(subscriptionId), key);
  return tuple === undefined ? null : laneRowOf(tuple);
}

export async function listLanes(
  db: Session,
  { projectId, subscriptionId, afterKey, limit }: Parameters<LaneStore["listLanes"]>[0],
): Promise<readonly LaneRow[]> {
  const tuples = await db.all(LIST, projectId, idValue(subscriptionId), afterKey ?? "", limit);
  return tuples.map(laneRowOf);
}

function laneRowOf([key, head, state, dueAt, leaseToken, outUntil, outToken]: LaneTuple): LaneRow {
  const isDead = state === stateNumber("dead");
  const holder = state === stateNumber("leased") ? leaseToken : outToken;
  return { key, head, dueAt: isDead ? null : Math.max(dueAt, outUntil ?? dueAt), holder };
}
