import type { DeliveryKey } from "../../domain/ids.ts";
import type { LanePlace } from "../../domain/lane.ts";
import { HAS_KEY, KEYS, keyArrays } from "./delivery-keys.ts";
import { type Head, readHeads } from "./lanes.ts";
import { bigints, booleans, integers, smallints, texts } from "./pack-arrays.ts";
import { type LanedDelivery, laneOf, placeInLanes } from "./place-in-lanes.ts";
import { SHELF, stateNumber } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { sql } from "./sql.ts";

/** What is to be known of a new delivery. */
export interface NewDelivery extends DeliveryKey {
  readonly rank: number;
  readonly dueAt: number;
  readonly bytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lane: LanePlace | null;
}

export type Laned = NewDelivery & { readonly lane: LanePlace };

/** The heads of the lanes that new deliveries will come into, whose keys are locked. */
export function headsBefore(
  tx: Transaction,
  projectId: string,
  deliveries: readonly Pick<NewDelivery, keyof LanedDelivery>[],
): Promise<ReadonlyMap<string, Head>> {
  return readHeads(tx, projectId, deliveries.filter(isLaned).map(laneOf));
}

/** Adds pending deliveries of which none is there yet. `heads`: of their lanes. */
export function insertDeliveries(
  tx: Transaction,
  projectId: string,
  {
    deliveries,
    heads,
  }: { readonly deliveries: readonly NewDelivery[]; readonly heads: ReadonlyMap<string, Head> },
): void {
  const plain = deliveries.filter((delivery) => !isLaned(delivery));
  if (plain.length > 0) tx.send(INSERT, projectId, ...plainArrays(plain));
  insertInLanes(tx, projectId, { deliveries: deliveries.filter(isLaned), heads });
}

/** The same for those that stand in lanes. */
export function insertInLanes(
  tx: Transaction,
  projectId: string,
  { deliveries, heads }: { readonly deliveries: readonly Laned[]; readonly heads: ReadonlyMap<string, Head> },
): void {
  const { placed, hidden } = placeInLanes(deliveries, heads);
  if (hidden.length > 0) tx.send(HIDE, projectId, ...keyArrays(hidden));
  if (placed.length > 0) tx.send(INSERT_IN_LANES, projectId, ...lanedArrays(placed));
}

function isLaned<D extends Pick<NewDelivery, "lane">>(
  delivery: D,
): delivery is D & { readonly lane: LanePlace } {
  return delivery.lane !== null;
}

/** What every new delivery has alike, with the project `p`. */
export const FRESH = "project, is_over, state, is_last, attempt, attempt_base, takeovers";
export const FRESH_VALUES = `p.number, false, ${stateNumber("pending")}, false, 0, 0, 0`;
const PLAIN = "event, subscription, cause, rank, due_at, bytes, created_at, expires_at";
const PLAIN_TYPES =
  "$2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::bigint[], $7::integer[], $8::bigint[], $9::bigint[]";
const LANED = "shelf, ready_at, lane_key, position, parks";
const LANED_TYPES = "$10::smallint[], $11::bigint[], $12::text[], $13::bigint[], $14::boolean[]";

const INSERT = sql(`INSERT INTO deliveries_open (${FRESH}, shelf, ready_at, ${PLAIN})
  SELECT ${FRESH_VALUES}, ${SHELF.pending}, w.due_at, w.*
  FROM projects AS p CROSS JOIN unnest(${PLAIN_TYPES}) AS w (${PLAIN})
  WHERE p.id = $1 AND p.deleted_at IS NULL`);
const INSERT_IN_LANES = sql(`INSERT INTO deliveries_open (${FRESH}, ${PLAIN}, ${LANED})
  SELECT ${FRESH_VALUES}, w.*
  FROM projects AS p CROSS JOIN unnest(${PLAIN_TYPES}, ${LANED_TYPES}) AS w (${PLAIN}, ${LANED})
  WHERE p.id = $1 AND p.deleted_at IS NULL`);
const HIDE = sql(`UPDATE deliveries AS d SET ready_at = NULL,
    shelf = CASE d.state WHEN ${stateNumber("pending")} THEN ${SHELF.blocked} ELSE ${SHELF.leased} END
  FROM ${KEYS} WHERE ${HAS_KEY} AND NOT d.is_over`);

function plainArrays(deliveries: readonly NewDelivery[]): Buffer[] {
  return [
    ...keyArrays(deliveries),
    smallints(deliveries.map(({ rank }) => rank)),
    bigints(deliveries.map(({ dueAt }) => dueAt)),
    integers(deliveries.map(({ bytes }) => bytes)),
    bigints(deliveries.map(({ createdAt }) => createdAt)),
    bigints(deliveries.map(({ expiresAt }) => expiresAt)),
  ];
}

type Placed = ReturnType<typeof placeInLanes<Laned>>["placed"];

function lanedArrays(placed: Placed): Buffer[] {
  const deliveries = placed.map(({ delivery }) => delivery);
  const lanes = deliveries.map(({ lane }) => lane);
  return [
    ...plainArrays(deliveries),
    smallints(placed.map(({ readyAt }) => (readyAt === null ? SHELF.blocked : SHELF.pending))),
    bigints(placed.map(({ readyAt }) => readyAt)),
    texts(lanes.map(({ key }) => key)),
    bigints(lanes.map(({ position }) => position)),
    booleans(lanes.map(({ parks }) => parks)),
  ];
}
