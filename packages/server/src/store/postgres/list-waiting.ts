import type { Delivery } from "../../domain/delivery.ts";
import type { WaitingRequest } from "../delivery-store.ts";
import { takersAmong } from "./lean-subscriptions.ts";
import { BELOW, QUEUES } from "./ready-rows.ts";
import { causeValue, DELIVERY_COLUMNS, type DeliveryTuple, deliveryOf, idValue, LOWEST_ID } from "./rows.ts";
import type { Session } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";

const WAITING_IN_QUEUES = QUEUES.map(
  ({
    shelf,
    rank,
  }) => `(SELECT d.* FROM deliveries_open AS d WHERE d.project = s.project AND d.subscription = s.id
    AND d.shelf = ${shelf} AND d.rank = ${rank} AND d.ready_at >= $4 AND d.ready_at <= $3 AND d.event < b.below
    AND d.expires_at > $3 AND (d.due_at, d.event, d.cause) > ($4, $5, $6)
    ORDER BY d.ready_at, d.event, d.cause LIMIT $7)`,
);
const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM subscriptions AS s
  CROSS JOIN LATERAL (SELECT ${BELOW} AS below) AS b
  CROSS JOIN LATERAL (${WAITING_IN_QUEUES.join(" UNION ALL ")}) AS d
  WHERE s.project = ${PROJECT} AND s.id = $2 ORDER BY d.due_at, d.event, d.cause LIMIT $7`);

export async function listWaiting(db: Session, request: WaitingRequest): Promise<Delivery[]> {
  const { projectId, subscriptionId, now, after, limit } = request;
  const takers = await takersAmong(db, projectId, { ids: [subscriptionId], now });
  if (takers.size === 0) return [];
  const last = after === null ? [0, LOWEST_ID, LOWEST_ID] : [after.dueAt, ...keyValues(after)];
  const tuples = await db.all(READ, projectId, idValue(subscriptionId), now, ...last, limit);
  return tuples.map((tuple) => deliveryOf(projectId, tuple));
}

function keyValues({ key }: NonNullable<WaitingRequest["after"]>): [string, string] {
  return [idValue(key.eventId), causeValue(key.cause)];
}
