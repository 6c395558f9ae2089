import type { DeliveryListRequest, DeliveryStore } from "../delivery-store.ts";
import { viewOf } from "./deliveries.ts";
import type { Database, Value } from "./open-database.ts";
import {
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  idBytes,
  keyOfTuple,
  rowKey,
  rowOf,
  stateNumber,
} from "./rows.ts";
import { type Sql, sql } from "./sql.ts";

type Page = Awaited<ReturnType<DeliveryStore["listDeliveries"]>>;
type KeyTuple = readonly [event: Uint8Array, subscription: Uint8Array, cause: Uint8Array];

const SCAN_LIMIT = 5_000;

/** Null stands for no wish. */
const WISHES = `(?5 IS NULL OR subscription = ?5) AND (?6 IS NULL OR state = ?6)
  AND created_at >= ?7 AND created_at < ?8 AND expires_at > ?9`;
const BEHIND = "project = ?1 AND (event, subscription, cause) > (?2, ?3, ?4)";
const ORDER = "ORDER BY event, subscription, cause";

const READ_ALL = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM
  (SELECT * FROM deliveries WHERE ${BEHIND} ${ORDER} LIMIT ${SCAN_LIMIT}) WHERE ${WISHES} LIMIT ?10 + 0`);
const LAST_LOOKED_AT = sql<KeyTuple>(`SELECT event, subscription, cause FROM deliveries
  WHERE ${BEHIND} ${ORDER} LIMIT 1 OFFSET ${SCAN_LIMIT - 1}`);
const READ_OF_EVENT = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries
  WHERE project = ?1 AND event = ?11 AND (event, subscription, cause) > (?2, ?3, ?4) AND ${WISHES} ${ORDER} LIMIT ?10 + 0`);
/** The index of dead ones is in this order within a subscription. */
const READ_DEAD = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries INDEXED BY deliveries_dead
  WHERE project = ?1 AND subscription = ?5 AND state = 3 AND (event, cause) > (?2, ?4)
  AND ${WISHES} ORDER BY event, cause LIMIT ?10 + 0`);

/** The open ones of a subscription stand in another order; while they are few they are sorted. */
const READ_OPEN = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries INDEXED BY deliveries_open
  WHERE project = ?1 AND subscription = ?5 AND shelf IS NOT NULL AND (event, cause) > (?2, ?4)
  AND ${WISHES} ORDER BY event, cause LIMIT ?10 + 0`);
const COUNT_OPEN = sql<
  readonly [number]
>(`SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_open
  WHERE project = ? AND subscription = ? AND shelf IS NOT NULL LIMIT ${SCAN_LIMIT + 1})`);

export function listDeliveries(db: Database, request: DeliveryListRequest): Page {
  const number = db.projectNumber(request.projectId);
  if (number === null) return { views: [], after: null };
  const values = valuesOf(number, request);
  const { eventId, subscriptionId, state } = request;
  if (eventId !== null)
    return readPage(db, request, { statement: READ_OF_EVENT, values: [...values, idBytes(eventId)] });
  if (subscriptionId !== null && state === "dead")
    return readPage(db, request, { statement: READ_DEAD, values });
  if (subscriptionId !== null && (state === "pending" || state === "leased")) {
    const [open = 0] = db.get(COUNT_OPEN, number, idBytes(subscriptionId)) ?? [];
    if (open <= SCAN_LIMIT) return readPage(db, request, { statement: READ_OPEN, values });
  }
  const page = readPage(db, request, { statement: READ_ALL, values });
  return page.after === null ? { ...page, after: lastLookedAt(db, values) } : page;
}

const NOTHING = new Uint8Array(0);

function valuesOf(project: number, request: DeliveryListRequest): Value[] {
  const { subscriptionId, state, createdFrom, createdTo, after, limit, now } = request;
  const last = after === null ? null : rowKey(project, after);
  return [
    ...[project, last?.event ?? NOTHING, last?.subscription ?? NOTHING, last?.cause ?? NOTHING],
    subscriptionId === null ? null : idBytes(subscriptionId),
    state === null ? null : stateNumber(state),
    ...[createdFrom ?? 0, createdTo ?? Number.MAX_SAFE_INTEGER, now, limit],
  ];
}

function readPage(
  db: Database,
  { projectId, limit }: DeliveryListRequest,
  { statement, values }: { readonly statement: Sql<DeliveryTuple>; readonly values: readonly Value[] },
): Page {
  const project = { id: projectId, number: Number(values[0]) };
  const rows = db.all(statement, ...values).map((tuple) => rowOf(project, tuple));
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { views: rows.map((row) => viewOf(db, row)), after: last?.delivery ?? null };
}

function lastLookedAt(db: Database, values: readonly Value[]): Page["after"] {
  const key = db.get(LAST_LOOKED_AT, ...values.slice(0, 4));
  return key === undefined ? null : keyOfTuple(...key);
}
