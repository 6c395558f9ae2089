import type { Delivery } from "../../domain/delivery.ts";
import { RANKS } from "../../domain/priority.ts";
import { stateAt } from "../../domain/subscription.ts";
import type { WaitingRequest } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { type Queue, queueOf } from "./ready-rows.ts";
import { DELIVERY_COLUMNS, type DeliveryTuple, deliveryOf, idBytes, rowKey, SHELF } from "./rows.ts";
import { sql } from "./sql.ts";
import { findSubscription } from "./subscription-rows.ts";

const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries INDEXED BY deliveries_open
  WHERE project = ?1 AND subscription = ?2 AND shelf = ?3 AND rank = ?4 AND ready_at >= ?7 AND ready_at <= ?5
  AND event < ?6 AND expires_at > ?5 AND (due_at, event, cause) > (?7, ?8, ?9)
  ORDER BY ready_at, event, cause LIMIT ?10 + 0`);

const NOTHING = new Uint8Array(0);

export function listWaiting(db: Database, request: WaitingRequest): Delivery[] {
  const { projectId, subscriptionId, now, limit } = request;
  const number = db.projectNumber(projectId);
  if (number === null) return [];
  const project = { id: projectId, number };
  const subscription = findSubscription(db, project, idBytes(subscriptionId));
  if (subscription === null) return [];
  const state = stateAt(subscription, now);
  if (state === "ended" || state === "deleted") return [];
  return readWaiting(db, queueOf(project, subscription), request)
    .map((tuple) => deliveryOf(projectId, tuple))
    .sort(compareWaiting)
    .slice(0, limit);
}

function readWaiting(db: Database, queue: Queue, { now, after, limit }: WaitingRequest): DeliveryTuple[] {
  const { project, subscription, below } = queue;
  const last = after === null ? null : rowKey(project.number, after.key);
  const behind = [after?.dueAt ?? 0, last?.event ?? NOTHING, last?.cause ?? NOTHING];
  const tuples: DeliveryTuple[] = [];
  for (const shelf of [SHELF.pending, SHELF.leased])
    for (let rank = 0; rank < RANKS; rank++)
      tuples.push(...db.all(READ, project.number, subscription, shelf, rank, now, below, ...behind, limit));
  return tuples;
}

function compareWaiting(a: Delivery, b: Delivery): number {
  return a.dueAt - b.dueAt || compareTexts(a.eventId, b.eventId) || compareTexts(a.cause, b.cause);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
