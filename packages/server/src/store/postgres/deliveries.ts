import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryCount, DeliveryStore, DeliveryView } from "../delivery-store.ts";
import { uuids } from "./pack-arrays.ts";
import { BELOW, NEXT_READY_AT } from "./ready-rows.ts";
import {
  causeValue,
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  deliveryOf,
  idValue,
  type Row,
  rowOf,
  SHELF,
  stateNumber,
} from "./rows.ts";
import type { Session } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";

const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries AS d
  WHERE d.project = ${PROJECT} AND d.event = $2 AND d.subscription = $3 AND d.cause = $4`);

export async function readDelivery(
  db: Session,
  ...[projectId, { eventId, subscriptionId, cause }]: Parameters<DeliveryStore["readDelivery"]>
): Promise<DeliveryView | null> {
  const key = [idValue(eventId), idValue(subscriptionId), causeValue(cause)];
  const tuple = await db.get(READ, projectId, ...key);
  return tuple === undefined ? null : viewOf(rowOf(projectId, tuple));
}

/** Of a lane the head alone is findable. */
export function viewOf({ delivery, readyAt }: Row): DeliveryView {
  return { delivery, isBlocked: delivery.state === "pending" && readyAt === null };
}

const READ_OF_EVENTS = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries AS d
  WHERE d.project = ${PROJECT} AND d.event = ANY ($2::uuid[])`);

export async function readDeliveriesOfEvents(
  db: Session,
  ...[projectId, eventIds]: Parameters<DeliveryStore["readDeliveriesOfEvents"]>
): Promise<Delivery[]> {
  const tuples = await db.all(READ_OF_EVENTS, projectId, uuids(eventIds.map(idValue)));
  return tuples.map((tuple) => deliveryOf(projectId, tuple));
}

/** Most often nothing is open at all, which one look tells. */
const NEXT_DUE_AT = operatorSql<readonly [dueAt: number | null]>(`SELECT next.ready_at
  FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS wanted (project, subscription, place)
  LEFT JOIN LATERAL (SELECT ${NEXT_READY_AT} AS ready_at FROM subscriptions AS s
    CROSS JOIN LATERAL (SELECT ${BELOW} AS below) AS b
    WHERE s.project = (SELECT p.number FROM projects AS p WHERE p.id = wanted.project AND p.deleted_at IS NULL)
    AND s.id = wanted.subscription AND EXISTS (SELECT FROM deliveries_open AS d
      WHERE d.project = s.project AND d.subscription = s.id AND d.shelf IS NOT NULL)) AS next ON true
  ORDER BY wanted.place`);

export async function nextDueAt(
  db: Session,
  subscriptions: Parameters<DeliveryStore["nextDueAt"]>[0],
): Promise<(number | null)[]> {
  const projects = subscriptions.map(({ projectId }) => projectId);
  const ids = subscriptions.map(({ subscriptionId }) => idValue(subscriptionId));
  return (await db.all(NEXT_DUE_AT, projects, ids)).map(([dueAt]) => dueAt);
}

const COUNT_LIMIT = 10_000;

const countRows = (table: string, condition: string) =>
  sql<readonly [number]>(`SELECT count(*) FROM (SELECT FROM ${table} AS d
    WHERE d.project = ${PROJECT} AND d.subscription = $2 AND ${condition} LIMIT ${COUNT_LIMIT + 1}) AS counted`);
const COUNTS = {
  pending: countRows("deliveries_open", `d.shelf IN (${SHELF.pending}, ${SHELF.blocked})`),
  leased: countRows("deliveries_open", `d.shelf = ${SHELF.leased}`),
  dead: countRows("deliveries", `d.state = ${stateNumber("dead")}`),
};

export async function countDeliveries(
  db: Session,
  ...[projectId, subscriptionId, state]: Parameters<DeliveryStore["countDeliveries"]>
): Promise<DeliveryCount> {
  const [size = 0] = (await db.get(COUNTS[state], projectId, idValue(subscriptionId))) ?? [];
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

const READ_ATTEMPTS =
  sql<AttemptTuple>(`SELECT number, started_at, duration_ms, status_code, error_code, sealed_excerpt
  FROM attempts WHERE project = ${PROJECT} AND event = $2 AND subscription = $3 AND cause = $4 ORDER BY number`);

export async function readAttempts(
  db: Session,
  ...[projectId, { eventId, subscriptionId, cause }]: Parameters<DeliveryStore["readAttempts"]>
): ReturnType<DeliveryStore["readAttempts"]> {
  const key = [idValue(eventId), idValue(subscriptionId), causeValue(cause)];
  const tuples = await db.all(READ_ATTEMPTS, projectId, ...key);
  return tuples.map(([number, startedAt, durationMs, statusCode, errorCode, sealedExcerpt]) => {
    return { number, startedAt, durationMs, statusCode, errorCode, sealedExcerpt };
  });
}
