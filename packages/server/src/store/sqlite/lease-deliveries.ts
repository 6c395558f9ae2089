import { type Delivery, leaseToken } from "../../domain/delivery.ts";
import { type Subscription, stateAt } from "../../domain/subscription.ts";
import type { LeaseOutcome, LeaseRequest } from "../delivery-store.ts";
import { chooseRows } from "./choose-rows.ts";
import type { Database } from "./open-database.ts";
import { command, removeRow } from "./queue.ts";
import { nextReadyAt, type Queue, queueOf } from "./ready-rows.ts";
import { idBytes, type ProjectRef, type Row } from "./rows.ts";
import { operatorSql } from "./sql.ts";
import { findSubscription } from "./subscription-rows.ts";

interface Haul {
  readonly deliveries: Delivery[];
  readonly died: Delivery[];
  bytes: number;
  isFull: boolean;
}

interface Search {
  readonly queue: Queue;
  readonly subscription: Subscription;
  readonly request: LeaseRequest;
  readonly haul: Haul;
}

export function leaseDeliveries(db: Database, request: LeaseRequest): LeaseOutcome {
  const { projectId, subscriptionId, now } = request;
  const number = db.projectNumber(projectId);
  if (number === null) return { outcome: "not_found" };
  const project: ProjectRef = { id: projectId, number };
  const subscription = findSubscription(db, project, idBytes(subscriptionId));
  if (subscription === null) return { outcome: "not_found" };
  const state = stateAt(subscription, now);
  if (state !== "active") return { outcome: state === "deleted" ? "not_found" : state };
  if (!isOwner(db, subscription, request)) return { outcome: "not_owner" };
  const queue = queueOf(project, subscription);
  const haul: Haul = { deliveries: [], died: [], bytes: 0, isFull: false };
  // What dies or is dropped may uncover the next of its lane, so the search goes on until a round frees no place.
  while (fillPlaces(db, { queue, subscription, request, haul }));
  const { deliveries, died } = haul;
  const nextDueAt = deliveries.length > 0 ? null : nextReadyAt(db, queue);
  return { outcome: "leased", deliveries, died, nextDueAt };
}

const READ_OWNER = operatorSql<readonly [number]>(
  "SELECT 1 FROM owners WHERE shard = ? AND owner IS NOT NULL AND fence = ? AND held_until > ?",
);

function isOwner(db: Database, { endpointShard }: Subscription, { owner, now }: LeaseRequest): boolean {
  if (owner === null) return true;
  return endpointShard === owner.shard && db.get(READ_OWNER, owner.shard, owner.fence, now) !== undefined;
}

/** One round over what is due; true if another one may find more for the places that are left. */
function fillPlaces(db: Database, search: Search): boolean {
  const { queue, haul, request } = search;
  const places = { ...request, taken: haul.deliveries.length };
  let hasFreed = false;
  for (const row of chooseRows(db, queue, places)) {
    hasFreed = handOut(db, search, row) || hasFreed;
    if (haul.isFull) return false;
  }
  return hasFreed && haul.deliveries.length < request.limit;
}

/** True if this left its place to another. */
function handOut(db: Database, { subscription, request, haul }: Search, row: Row): boolean {
  const { delivery } = row;
  if (delivery.expiresAt <= request.now) {
    removeRow(db, row);
    return true;
  }
  if (haul.deliveries.length > 0 && haul.bytes + delivery.bytes > request.maxBytes) {
    haul.isFull = true;
    return false;
  }
  const wanted = {
    kind: "lease",
    token: leaseToken(request.leaseId, haul.deliveries.length),
    until: request.until,
    maxAttempts: subscription.maxAttempts,
    countsAttempt: subscription.channel === "inbox",
  } as const;
  const result = command(db, row, { wanted, now: request.now });
  if (result.outcome !== "changed") return false;
  const isDead = result.delivery.state === "dead";
  (isDead ? haul.died : haul.deliveries).push(result.delivery);
  if (!isDead) haul.bytes += delivery.bytes;
  return isDead;
}
