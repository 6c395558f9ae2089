import {
  attemptsLeft,
  type Delivery,
  type DeliveryCommand,
  isOpen,
  type Transition,
  transition,
} from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import { holdsLane } from "../../domain/lane.ts";
import { DELIVERIES_OF_KEYS, HAS_KEY, KEYS, keyArrays } from "./delivery-keys.ts";
import { type Lane, lockKeys, showHeads } from "./lanes.ts";
import { bigints, booleans, integers, smallints, texts } from "./pack-arrays.ts";
import { DELIVERY_COLUMNS, type DeliveryTuple, type Row, rowOf, SHELF, stateNumber } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { fewRows, sql } from "./sql.ts";

/*
 * Locks are taken in one order everywhere, those of one kind sorted: idempotency keys, ordering keys, plans, events, deliveries. A lease alone begins with deliveries; it
 * waits for nobody (SKIP LOCKED).
 */

/** Not `WHERE d.lane_key IS NOT NULL`: that is planned over `deliveries_lane`, through all lanes of the subscription (20 ms with 50,000 in them). */
const READ_LANE_KEYS = sql<readonly [string | null]>(`SELECT DISTINCT d.lane_key FROM ${DELIVERIES_OF_KEYS}`);
const LOCK_ROWS = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERIES_OF_KEYS}
  ORDER BY d.event, d.subscription, d.cause FOR UPDATE OF d`);

/** Locks deliveries, and before them the lanes they stand in; gives those that are there, by (event, subscription, cause). */
export async function lockRows(
  tx: Transaction,
  projectId: string,
  keys: readonly DeliveryKey[],
): Promise<readonly Row[]> {
  if (keys.length === 0) return [];
  const arrays = keyArrays(keys);
  const laneKeys = await tx.all(READ_LANE_KEYS, projectId, ...arrays);
  await lockKeys(
    tx,
    projectId,
    laneKeys.flatMap(([key]) => key ?? []),
  );
  return (await tx.all(LOCK_ROWS, projectId, ...arrays)).map((tuple) => rowOf(projectId, tuple));
}

/** A command for a locked row. */
export interface Order {
  readonly row: Row;
  readonly wanted: DeliveryCommand;
}

/** Applies commands to locked rows of a project, in whose lanes nothing else may change; what changes is stored, with its lanes, by the commit. */
export function command(
  tx: Transaction,
  projectId: string,
  { orders, now }: { readonly orders: readonly Order[]; readonly now: number },
): readonly Transition[] {
  const results = orders.map(({ row, wanted }) => transition(row.delivery, wanted, now));
  const changes = orders.flatMap(({ row, wanted }, index) => {
    const result = results[index];
    return result?.outcome === "changed" ? [{ row, wanted, delivery: result.delivery }] : [];
  });
  storeChanges(tx, projectId, changes);
  return results;
}

/** What became of a row. */
export interface Change {
  /** As it was, locked. */
  readonly row: Row;
  /** The command that changed it, the last one of several. */
  readonly wanted: DeliveryCommand;
  readonly delivery: Delivery;
}

/** Stores changes of locked rows, at most one of each, with their lanes. */
export function storeChanges(tx: Transaction, projectId: string, changes: readonly Change[]): void {
  const wasOver = changes.filter(({ row }) => isOver(row.delivery));
  const wasOpen = wasOver.length === 0 ? changes : changes.filter(({ row }) => !isOver(row.delivery));
  if (wasOpen.length > 0) tx.send(WRITE_OPEN, projectId, ...valuesOf(wasOpen));
  if (wasOver.length > 0) tx.send(WRITE_OVER, projectId, ...valuesOf(wasOver));
  showHeads(tx, projectId, lanesOf(changes.map(({ delivery }) => delivery)));
}

/** The lanes in which these stand. */
function lanesOf(deliveries: readonly Delivery[]): Lane[] {
  return deliveries.flatMap(({ subscriptionId, lane }) =>
    lane === null ? [] : [{ subscriptionId, key: lane.key }],
  );
}

const WRITTEN = `state, shelf, rank, is_over, is_last, ready_at, due_at, position, attempt, attempt_base, takeovers,
  leased_at, settled_at, lease_token, state_reason`;
const WRITTEN_TYPES = `$2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::smallint[], $7::smallint[], $8::boolean[],
  $9::boolean[], $10::bigint[], $11::bigint[], $12::bigint[], $13::integer[], $14::integer[], $15::integer[],
  $16::bigint[], $17::bigint[], $18::text[], $19::text[]`;
const writeStatement = (isOver: boolean) =>
  sql(`UPDATE deliveries AS d SET (${WRITTEN}) = (${WRITTEN.replaceAll(/\w+/g, "w.$&")})
  FROM ${fewRows(WRITTEN_TYPES, `w (event, subscription, cause, ${WRITTEN})`)}
  WHERE ${HAS_KEY.replaceAll("k.", "w.")} AND d.is_over = ${isOver}`);
const WRITE_OPEN = writeStatement(false);
const WRITE_OVER = writeStatement(true);

/** Which of the two tables it stands in. */
export function isOver({ state, lane }: Delivery): boolean {
  return lane === null ? !isOpen(state) : !holdsLane(state, lane);
}

function valuesOf(changes: readonly Change[]): Buffer[] {
  const deliveries = changes.map(({ delivery }) => delivery);
  // In a lane, whoever was the head is taken to be it still, until `showHeads` has looked.
  const places = changes.map(({ row, delivery }) => {
    return placeOf(delivery, delivery.lane === null || row.readyAt !== null);
  });
  return [
    ...keyArrays(deliveries),
    smallints(deliveries.map(({ state }) => stateNumber(state))),
    smallints(places.map(([shelf]) => shelf)),
    smallints(deliveries.map(({ rank }) => rank)),
    booleans(deliveries.map(isOver)),
    booleans(changes.map(isLastAttempt)),
    bigints(places.map(([, readyAt]) => readyAt)),
    bigints(deliveries.map(({ dueAt }) => dueAt)),
    bigints(deliveries.map(({ lane }) => lane?.position ?? null)),
    integers(deliveries.map(({ attempt }) => attempt)),
    integers(deliveries.map(({ attemptBase }) => attemptBase)),
    integers(deliveries.map(({ takeovers }) => takeovers)),
    bigints(deliveries.map(({ leasedAt }) => leasedAt)),
    bigints(deliveries.map(({ settledAt }) => settledAt)),
    texts(deliveries.map(({ leaseToken }) => leaseToken)),
    texts(deliveries.map(({ stateReason }) => stateReason)),
  ];
}

/** Where a delivery stands that a lease may find, or that its lane keeps back. */
export function placeOf(
  { state, dueAt }: Delivery,
  isFindable: boolean,
): readonly [shelf: number | null, readyAt: number | null] {
  if (state === "leased") return [SHELF.leased, isFindable ? dueAt : null];
  if (state !== "pending") return [null, null];
  return isFindable ? [SHELF.pending, dueAt] : [SHELF.blocked, null];
}

function isLastAttempt({ row, wanted, delivery }: Change): boolean {
  if (delivery.state !== "leased") return false;
  return wanted.kind === "lease" ? attemptsLeft(delivery, wanted.maxAttempts) <= 0 : row.isLast;
}

/** A locked row, about to be written at another position of its lane. */
export function moveRow(row: Row, position: number): Row {
  const { lane } = row.delivery;
  return lane === null ? row : { ...row, delivery: { ...row.delivery, lane: { ...lane, position } } };
}

const DELETE = sql(`DELETE FROM deliveries AS d USING ${KEYS} WHERE ${HAS_KEY}`);
const DELETE_ATTEMPTS = sql(`DELETE FROM attempts AS d USING ${KEYS} WHERE ${HAS_KEY}`);

/** Removes locked rows with their attempts; their lanes go on. */
export function removeRows(tx: Transaction, projectId: string, rows: readonly Row[]): void {
  if (rows.length === 0) return;
  const deliveries = rows.map(({ delivery }) => delivery);
  const arrays = keyArrays(deliveries);
  tx.send(DELETE, projectId, ...arrays);
  tx.send(DELETE_ATTEMPTS, projectId, ...arrays);
  showHeads(tx, projectId, lanesOf(deliveries));
}
