import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryCount, DeliveryStore, DeliveryView } from "../delivery-store.ts";
import { isBlocked } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { readRow } from "./queue.ts";
import { nextReadyAt, queueOf } from "./ready-rows.ts";
import {
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  deliveryOf,
  idBytes,
  type Row,
  rowKey,
  SHELF,
} from "./rows.ts";
import { sql } from "./sql.ts";

export function readDelivery(
  db: Database,
  ...[projectId, key]: Parameters<DeliveryStore["readDelivery"]>
): DeliveryView | null {
  const number = db.projectNumber(projectId);
  const row = number === null ? null : readRow(db, { id: projectId, number }, rowKey(number, key));
  return row === null ? null : viewOf(db, row);
}

export function viewOf(db: Database, { key, delivery }: Row): DeliveryView {
  const { state, lane } = delivery;
  return { delivery, isBlocked: state === "pending" && lane !== null && isBlocked(db, key, lane) };
}

const READ_OF_EVENT = sql<DeliveryTuple>(
  `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE project = ? AND event = ?`,
);

export function readDeliveriesOfEvents(
  db: Database,
  ...[projectId, eventIds]: Parameters<DeliveryStore["readDeliveriesOfEvents"]>
): Delivery[] {
  const project = db.projectNumber(projectId);
  if (project === null) return [];
  return eventIds.flatMap((id) =>
    db.all(READ_OF_EVENT, project, idBytes(id)).map((tuple) => deliveryOf(projectId, tuple)),
  );
}

const READ_ORDER = sql<readonly [ordered: number, catchUpTo: number | null]>(
  "SELECT ordered, catch_up_to FROM subscriptions WHERE project = ? AND id = ?",
);

export function nextDueAt(
  db: Database,
  subscriptions: Parameters<DeliveryStore["nextDueAt"]>[0],
): (number | null)[] {
  return subscriptions.map(({ projectId, subscriptionId: id }) => {
    const number = db.projectNumber(projectId);
    if (number === null) return null;
    const [ordered = 0, catchUpTo = null] = db.get(READ_ORDER, number, idBytes(id)) ?? [];
    return nextReadyAt(db, queueOf({ id: projectId, number }, { id, ordered: ordered === 1, catchUpTo }));
  });
}

const COUNT_LIMIT = 10_000;

const COUNT_PENDING = sql<readonly [number]>(`SELECT count(*) FROM (SELECT 1 FROM deliveries
  INDEXED BY deliveries_open WHERE project = ? AND subscription = ?
  AND shelf IN (${SHELF.pending}, ${SHELF.blocked}) LIMIT ? + 0)`);
const COUNT_LEASED = sql<readonly [number]>(`SELECT count(*) FROM (SELECT 1 FROM deliveries
  INDEXED BY deliveries_open WHERE project = ? AND subscription = ? AND shelf = ${SHELF.leased} LIMIT ? + 0)`);
const COUNT_DEAD = sql<readonly [number]>(`SELECT count(*) FROM (SELECT 1 FROM deliveries
  INDEXED BY deliveries_dead WHERE project = ? AND subscription = ? AND state = 3 LIMIT ? + 0)`);
const COUNTS = { pending: COUNT_PENDING, leased: COUNT_LEASED, dead: COUNT_DEAD };

export function countDeliveries(
  db: Database,
  ...[projectId, subscriptionId, state]: Parameters<DeliveryStore["countDeliveries"]>
): DeliveryCount {
  const project = db.projectNumber(projectId);
  if (project === null) return { count: 0, more: false };
  const [size = 0] = db.get(COUNTS[state], project, idBytes(subscriptionId), COUNT_LIMIT + 1) ?? [];
  return { count: Math.min(size, COUNT_LIMIT), more: size > COUNT_LIMIT };
}

type AttemptTuple = readonly [
  number: number,
  startedAt: number,
  durationMs: number,
  statusCode: number | null,
  errorCode: string | null,
  sealedExcerpt: Uint8Array | null,
];

const READ_ATTEMPTS = sql<AttemptTuple>(`SELECT number, started_at, duration_ms, status_code, error_code,
  sealed_excerpt FROM attempts WHERE project = ? AND event = ? AND subscription = ? AND cause = ? ORDER BY number`);

export function readAttempts(
  db: Database,
  ...[projectId, deliveryKey]: Parameters<DeliveryStore["readAttempts"]>
): Awaited<ReturnType<DeliveryStore["readAttempts"]>> {
  const project = db.projectNumber(projectId);
  if (project === null) return [];
  const key = rowKey(project, deliveryKey);
  return db
    .all(READ_ATTEMPTS, project, key.event, key.subscription, key.cause)
    .map(([number, startedAt, durationMs, statusCode, errorCode, sealedExcerpt]) => {
      return { number, startedAt, durationMs, statusCode, errorCode, sealedExcerpt };
    });
}
