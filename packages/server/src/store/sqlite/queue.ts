import {
  attemptsLeft,
  type Delivery,
  type DeliveryCommand,
  type Transition,
  transition,
} from "../../domain/delivery.ts";
import type { LanePlace } from "../../domain/lane.ts";
import { laneFront, showHead } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import {
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  type ProjectRef,
  type Row,
  type RowKey,
  rowOf,
  SHELF,
  stateNumber,
} from "./rows.ts";
import { sql } from "./sql.ts";

/** What is to be known of a new delivery besides its key. */
export interface NewDelivery {
  readonly rank: number;
  readonly dueAt: number;
  readonly bytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lane: LanePlace | null;
}

const INSERT =
  sql(`INSERT INTO deliveries (project, event, subscription, cause, state, shelf, rank, ready_at, due_at,
  attempt, attempt_base, takeovers, bytes, created_at, expires_at)
  VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, ?6, ?6, 0, 0, 0, ?7, ?8, ?9)
  ON CONFLICT (project, event, subscription, cause) DO NOTHING`);
const INSERT_IN_LANE =
  sql(`INSERT INTO deliveries (project, event, subscription, cause, state, shelf, rank, ready_at,
  due_at, attempt, attempt_base, takeovers, bytes, created_at, expires_at, lane_key, position, parks)
  VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, 0, 0, 0, ?9, ?10, ?11, ?12, ?13, ?14)
  ON CONFLICT (project, event, subscription, cause) DO NOTHING`);

/** Adds a pending delivery, unless one has its key; true if it was added. */
export function insertDelivery(db: Database, key: RowKey, made: NewDelivery): boolean {
  if (made.lane !== null) return insertInLane(db, key, { ...made, lane: made.lane });
  const { project, event, subscription, cause } = key;
  const { rank, dueAt, bytes, createdAt, expiresAt } = made;
  return db.run(INSERT, project, event, subscription, cause, rank, dueAt, bytes, createdAt, expiresAt) > 0;
}

function insertInLane(db: Database, key: RowKey, made: NewDelivery & { readonly lane: LanePlace }): boolean {
  const { project, event, subscription, cause } = key;
  const { rank, dueAt, bytes, createdAt, expiresAt, lane } = made;
  const [head] = laneFront(db, key, lane.key);
  const isHead = head === undefined;
  const values = [
    ...[project, event, subscription, cause, isHead ? SHELF.pending : SHELF.blocked, rank],
    ...[isHead ? dueAt : null, dueAt, bytes, createdAt, expiresAt],
    ...[lane.key, lane.position, lane.parks ? 1 : 0],
  ];
  if (db.run(INSERT_IN_LANE, ...values) === 0) return false;
  // It waits behind the head, but for a back-fill that brings an earlier event.
  if (head !== undefined && lane.position <= head.position) showHead(db, key, lane.key);
  return true;
}

const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries
  WHERE project = ? AND event = ? AND subscription = ? AND cause = ?`);

export function readRow(db: Database, project: ProjectRef, key: RowKey): Row | null {
  const tuple = db.get(READ, key.project, key.event, key.subscription, key.cause);
  return tuple === undefined ? null : rowOf(project, tuple);
}

/** The row, if it is not past its last date. An event takes its deliveries with it, so the row is there only while its event is. */
export function findRow(
  db: Database,
  project: ProjectRef,
  { key, now }: { readonly key: RowKey; readonly now: number },
): Row | null {
  const row = readRow(db, project, key);
  return row === null || row.delivery.expiresAt <= now ? null : row;
}

/** Applies one command to a row; what changes is stored, with its lane. */
export function command(
  db: Database,
  row: Row,
  { wanted, now }: { readonly wanted: DeliveryCommand; readonly now: number },
): Transition {
  const result = transition(row.delivery, wanted, now);
  if (result.outcome === "changed") writeRow(db, row, { delivery: result.delivery, wanted });
  return result;
}

const UPDATE =
  sql(`UPDATE deliveries SET state = ?, shelf = ?, rank = ?, ready_at = ?, due_at = ?, attempt = ?,
  attempt_base = ?, takeovers = ?, leased_at = ?, settled_at = ?, lease_token = ?, state_reason = ?, is_last = ?
  WHERE project = ? AND event = ? AND subscription = ? AND cause = ?`);

interface Change {
  readonly delivery: Delivery;
  readonly wanted: DeliveryCommand;
}

function writeRow(db: Database, row: Row, { delivery, wanted }: Change): void {
  const { project, event, subscription, cause } = row.key;
  const { attempt, attemptBase, takeovers, leasedAt, settledAt, leaseToken, stateReason } = delivery;
  const [shelf, readyAt] = placeOf(row, delivery);
  db.run(
    UPDATE,
    ...[stateNumber(delivery.state), shelf, delivery.rank, readyAt, delivery.dueAt],
    ...[attempt, attemptBase, takeovers, leasedAt, settledAt, leaseToken, stateReason],
    isLastAttempt(row, delivery, wanted) ? 1 : null,
    ...[project, event, subscription, cause],
  );
  if (delivery.lane !== null) showHead(db, row.key, delivery.lane.key);
}

/** Shelf and `ready_at`. In a lane, whoever was the head is taken to be it still, until `showHead` has looked. */
function placeOf(row: Row, { state, lane, dueAt }: Delivery): readonly [number | null, number | null] {
  const isFindable = lane === null || row.readyAt !== null;
  if (state === "leased") return [SHELF.leased, isFindable ? dueAt : null];
  if (state !== "pending") return [null, null];
  return isFindable ? [SHELF.pending, dueAt] : [SHELF.blocked, null];
}

function isLastAttempt(row: Row, delivery: Delivery, wanted: DeliveryCommand): boolean {
  if (delivery.state !== "leased") return false;
  return wanted.kind === "lease" ? attemptsLeft(delivery, wanted.maxAttempts) <= 0 : row.isLast;
}

const MOVE = sql(`UPDATE deliveries SET position = ?
  WHERE project = ? AND event = ? AND subscription = ? AND cause = ?`);

/** Gives a row that does not hold its lane another position. */
export function moveRow(db: Database, row: Row, position: number): Row {
  const { project, event, subscription, cause } = row.key;
  db.run(MOVE, position, project, event, subscription, cause);
  const { lane } = row.delivery;
  return lane === null ? row : { ...row, delivery: { ...row.delivery, lane: { ...lane, position } } };
}

const DELETE = sql(`DELETE FROM deliveries
  WHERE project = ? AND event = ? AND subscription = ? AND cause = ?`);
const DELETE_ATTEMPTS = sql(`DELETE FROM attempts
  WHERE project = ? AND event = ? AND subscription = ? AND cause = ?`);

export function removeRow(db: Database, { key, delivery }: Row): void {
  const { project, event, subscription, cause } = key;
  db.run(DELETE, project, event, subscription, cause);
  db.run(DELETE_ATTEMPTS, project, event, subscription, cause);
  if (delivery.lane !== null) showHead(db, key, delivery.lane.key);
}
