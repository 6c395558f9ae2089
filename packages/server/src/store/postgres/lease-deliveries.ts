import { type Subscription, stateAt } from "../../domain/subscription.ts";
import type { LeaseOutcome, LeaseRequest } from "../delivery-store.ts";
import { fillPlaces, type Haul } from "./fill-places.ts";
import { shareAttempts } from "./hold-attempts.ts";
import { LEAN_COLUMNS } from "./lean-subscriptions.ts";
import type { Database } from "./open-database.ts";
import { BELOW, FIRST_READY_AT, QUEUES } from "./ready-rows.ts";
import { idValue } from "./rows.ts";
import type { Session, Transaction } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";
import { type SubscriptionTuple, subscriptionOf } from "./subscription-rows.ts";

/**
 * A look, and if something is ready a transaction of two round trips, one more for each further rank it comes to. A lease locks the rows it takes and waits for nobody but a change of its attempts; so whoever pauses, ends or deletes the
 * subscription before the look is obeyed.
 */
export async function leaseDeliveries(db: Database, request: LeaseRequest): Promise<LeaseOutcome> {
  const look = await lookFor(db, request);
  if (look === null) return { outcome: "not_found" };
  const { subscription, isOwner } = look;
  const state = stateAt(subscription, request.now);
  if (state !== "active") return { outcome: state === "deleted" ? "not_found" : state };
  if (!isOwner) return { outcome: "not_owner" };
  if (!isReady(look, request.now)) return nothing(look);
  const haul = await db.transact((tx) => takeAll(tx, request, look));
  const { deliveries, died } = haul;
  if (deliveries.length > 0) return { outcome: "leased", deliveries, died, nextDueAt: null };
  const later = await lookFor(db, request);
  return { ...nothing(later ?? look), died };
}

interface Look {
  readonly subscription: Subscription;
  readonly isOwner: boolean;
  readonly below: string;
  readonly firstReadyAt: readonly (number | null)[];
}

type LookTuple = readonly [
  ...SubscriptionTuple,
  isOwner: boolean,
  below: string,
  firstReadyAt: readonly (number | null)[],
];

const LOOK =
  sql<LookTuple>(`SELECT ${LEAN_COLUMNS}, $3::integer IS NULL OR (s.endpoint_shard = $3 AND EXISTS (SELECT FROM owners AS o
    WHERE o.shard = $3 AND o.fence = $4 AND o.owner IS NOT NULL AND o.held_until > $5)), b.below, ${FIRST_READY_AT}
  FROM subscriptions AS s CROSS JOIN LATERAL (SELECT ${BELOW} AS below) AS b
  WHERE s.project = ${PROJECT} AND s.id = $2`);

async function lookFor(db: Session, request: LeaseRequest): Promise<Look | null> {
  const { projectId, subscriptionId, owner, now } = request;
  const hold = [owner?.shard ?? null, owner?.fence ?? null];
  const tuple = await db.get(LOOK, projectId, idValue(subscriptionId), ...hold, now);
  if (tuple === undefined) return null;
  const [isOwner, below, firstReadyAt] = [tuple[20], tuple[21], tuple[22]];
  return { subscription: subscriptionOf(projectId, tuple), isOwner, below, firstReadyAt };
}

function isReady({ firstReadyAt }: Look, now: number): boolean {
  return firstReadyAt.some((readyAt) => readyAt !== null && readyAt <= now);
}

function nothing({ firstReadyAt }: Look): Extract<LeaseOutcome, { outcome: "leased" }> {
  const times = firstReadyAt.filter((readyAt) => readyAt !== null);
  return {
    outcome: "leased",
    deliveries: [],
    died: [],
    nextDueAt: times.length === 0 ? null : Math.min(...times),
  };
}

async function takeAll(tx: Transaction, request: LeaseRequest, look: Look): Promise<Haul> {
  const { subscription, below } = look;
  const haul: Haul = { deliveries: [], died: [], bytes: 0, isFull: false };
  let { firstReadyAt } = look;
  if (subscription.channel === "inbox") shareAttempts(tx, subscription);
  // What dies or is dropped may uncover the next of its lane, so the search goes on until a round frees no place.
  while (await fillPlaces(tx, { request, subscription, below, firstReadyAt }, haul))
    firstReadyAt = QUEUES.map(() => 0);
  return haul;
}
