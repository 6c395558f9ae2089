import type { DeliveryListRequest, DeliveryStore } from "../delivery-store.ts";
import { viewOf } from "./deliveries.ts";
import {
  causeOf,
  causeValue,
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  idValue,
  LOWEST_ID,
  rowOf,
  stateNumber,
} from "./rows.ts";
import type { Session, Value } from "./session.ts";
import { PROJECT, type Sql, sql } from "./sql.ts";

type Page = Awaited<ReturnType<DeliveryStore["listDeliveries"]>>;
type KeyTuple = readonly [event: string, subscription: string, cause: string];

const SCAN_LIMIT = 5_000;

/** NULL stands for no wish. */
const WISHES = `($5::uuid IS NULL OR d.subscription = $5) AND ($6::smallint IS NULL OR d.state = $6)
  AND d.created_at >= $7 AND d.created_at < $8 AND d.expires_at > $9`;
const BEHIND = `d.project = ${PROJECT} AND (d.event, d.subscription, d.cause) > ($2, $3, $4)`;
const ORDER = "ORDER BY d.event, d.subscription, d.cause";

const READ_ALL = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM
  (SELECT d.* FROM deliveries AS d WHERE ${BEHIND} ${ORDER} LIMIT ${SCAN_LIMIT}) AS d
  WHERE ${WISHES} ${ORDER} LIMIT $10`);
const LAST_LOOKED_AT = sql<KeyTuple>(`SELECT d.event, d.subscription, d.cause FROM deliveries AS d
  WHERE ${BEHIND} ${ORDER} LIMIT 1 OFFSET ${SCAN_LIMIT - 1}`);
const READ_OF_EVENT = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries AS d
  WHERE d.event = $11 AND ${BEHIND} AND ${WISHES} ${ORDER} LIMIT $10`);

/** Within one subscription. */
const OF_SUBSCRIPTION = `d.project = ${PROJECT} AND d.subscription = $3`;
const BEHIND_IN =
  "(d.event, d.cause) > ($2, $4) AND d.created_at >= $5 AND d.created_at < $6 AND d.expires_at > $7";
const ORDER_IN = "ORDER BY d.event, d.cause LIMIT $8";
/** The indexes of dead ones are in this order. */
const READ_DEAD = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries AS d
  WHERE ${OF_SUBSCRIPTION} AND d.state = ${stateNumber("dead")} AND ${BEHIND_IN} ${ORDER_IN}`);
/** The open ones stand in another order; while they are few all are read and sorted. */
const READ_OPEN = sql<DeliveryTuple>(`WITH open AS MATERIALIZED (SELECT d.* FROM deliveries_open AS d
    WHERE ${OF_SUBSCRIPTION} AND d.shelf IS NOT NULL)
  SELECT ${DELIVERY_COLUMNS} FROM open AS d WHERE d.state = $9 AND ${BEHIND_IN} ${ORDER_IN}`);
const COUNT_OPEN = sql<readonly [number]>(`SELECT count(*) FROM (SELECT FROM deliveries_open AS d
  WHERE d.project = ${PROJECT} AND d.subscription = $2 AND d.shelf IS NOT NULL LIMIT ${SCAN_LIMIT + 1}) AS counted`);

export async function listDeliveries(db: Session, request: DeliveryListRequest): Promise<Page> {
  const { eventId, subscriptionId, state } = request;
  const values = valuesOf(request);
  if (eventId !== null) return readPage(db, request, [READ_OF_EVENT, [...values, idValue(eventId)]]);
  if (subscriptionId !== null && state === "dead")
    return readPage(db, request, [READ_DEAD, valuesIn(request, subscriptionId)]);
  if (subscriptionId !== null && (state === "pending" || state === "leased")) {
    const [open = 0] = (await db.get(COUNT_OPEN, request.projectId, idValue(subscriptionId))) ?? [];
    const ofOpen = [...valuesIn(request, subscriptionId), stateNumber(state)];
    if (open <= SCAN_LIMIT) return readPage(db, request, [READ_OPEN, ofOpen]);
  }
  const page = await readPage(db, request, [READ_ALL, values]);
  return page.after === null ? { ...page, after: await lastLookedAt(db, values) } : page;
}

function valuesOf(request: DeliveryListRequest): Value[] {
  const { projectId, subscriptionId, state, createdFrom, createdTo, after, limit, now } = request;
  return [
    ...[projectId, idValue(after?.eventId ?? LOWEST_ID), idValue(after?.subscriptionId ?? LOWEST_ID)],
    after === null ? LOWEST_ID : causeValue(after.cause),
    subscriptionId === null ? null : idValue(subscriptionId),
    state === null ? null : stateNumber(state),
    ...[createdFrom ?? 0, createdTo ?? Number.MAX_SAFE_INTEGER, now, limit],
  ];
}

/** A page behind another subscription's delivery of an event begins with that event or behind it. */
function valuesIn(request: DeliveryListRequest, subscriptionId: string): Value[] {
  const { projectId, createdFrom, createdTo, after, limit, now } = request;
  return [
    ...[projectId, idValue(after?.eventId ?? LOWEST_ID), idValue(subscriptionId)],
    after === null ? LOWEST_ID : causeValue(after.cause),
    ...[createdFrom ?? 0, createdTo ?? Number.MAX_SAFE_INTEGER, now, limit],
  ];
}

async function readPage(
  db: Session,
  { projectId, limit }: DeliveryListRequest,
  [statement, values]: readonly [Sql<DeliveryTuple>, readonly Value[]],
): Promise<Page> {
  const rows = (await db.all(statement, ...values)).map((tuple) => rowOf(projectId, tuple));
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { views: rows.map(viewOf), after: last?.delivery ?? null };
}

async function lastLookedAt(db: Session, values: readonly Value[]): Promise<Page["after"]> {
  const key = await db.get(LAST_LOOKED_AT, ...values.slice(0, 4));
  if (key === undefined) return null;
  const [eventId, subscriptionId, cause] = key;
  return { eventId, subscriptionId, cause: causeOf(cause) };
}
