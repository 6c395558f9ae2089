import { type Delivery, leaseToken } from "../../domain/delivery.ts";
import { timeOfId } from "../../domain/ids.ts";
import { type Subscription, stateAt } from "../../domain/subscription.ts";
import type { LeaseOutcome, LeaseRequest } from "../delivery-store.ts";
import type { Queue, Row } from "./queue.ts";
import { applyCommand, queueOf, removeDelivery } from "./rows.ts";
import type { ProjectTable, Tables } from "./tables.ts";

interface Haul {
  readonly deliveries: Delivery[];
  readonly died: Delivery[];
  bytes: number;
  isFull: boolean;
}

export function leaseDeliveries(tables: Tables, request: LeaseRequest): LeaseOutcome {
  const project = tables.projects.get(request.projectId);
  const subscription = project?.subscriptions.get(request.subscriptionId);
  if (project === undefined || subscription === undefined) return { outcome: "not_found" };
  const state = stateAt(subscription, request.now);
  if (state !== "active") return { outcome: state === "deleted" ? "not_found" : state };
  if (!isOwner(tables, subscription, request)) return { outcome: "not_owner" };
  const haul: Haul = { deliveries: [], died: [], bytes: 0, isFull: false };
  // What dies or is dropped may uncover the next of its lane, so the search goes on until a round frees no place.
  while (fillPlaces({ project, subscription, request, haul }));
  const { deliveries, died } = haul;
  const nextDueAt =
    deliveries.length > 0 ? null : nextFindable(queueOf(project, subscription.id), subscription);
  return { outcome: "leased", deliveries, died, nextDueAt };
}

function isOwner(tables: Tables, subscription: Subscription, { owner, now }: LeaseRequest): boolean {
  if (owner === null) return true;
  const row = tables.owners[owner.shard];
  if (row === undefined || subscription.endpointShard !== owner.shard) return false;
  return row.ownerId !== null && row.fence === owner.fence && row.until > now;
}

interface Search {
  readonly project: ProjectTable;
  readonly subscription: Subscription;
  readonly request: LeaseRequest;
  readonly haul: Haul;
}

/** One round over what is due; true if another one may find more for the places that are left. */
function fillPlaces(search: Search): boolean {
  const { haul, request } = search;
  let hasFreed = false;
  for (const row of chooseRows(search)) {
    hasFreed = handOut(search, row) || hasFreed;
    if (haul.isFull) return false;
  }
  return hasFreed && haul.deliveries.length < request.limit;
}

/** Rows for the places that are left: the lowest rank first, and the highest for as many as the request says. */
function chooseRows({ project, subscription, request, haul }: Search): ReadonlySet<Row> {
  const queue = queueOf(project, subscription.id);
  const lists = [...queue.findable];
  const upward = dueRows(lists, subscription, request.now);
  const downward = dueRows(lists.toReversed(), subscription, request.now);
  const chosen = new Set<Row>();
  for (let place = haul.deliveries.length; place < request.limit; place++) {
    const row = nextOf(isLowerPlace(place, request) ? downward : upward, chosen);
    if (row === null) break;
    chosen.add(row);
  }
  return chosen;
}

/** Spreads the `lowerFirst` places evenly among all. */
function isLowerPlace(place: number, { limit, lowerFirst }: LeaseRequest): boolean {
  return Math.floor(((place + 1) * lowerFirst) / limit) > Math.floor((place * lowerFirst) / limit);
}

function nextOf(rows: Iterator<Row>, chosen: ReadonlySet<Row>): Row | null {
  for (;;) {
    const { done, value } = rows.next();
    if (done) return null;
    if (!chosen.has(value)) return value;
  }
}

function* dueRows(lists: Queue["findable"], subscription: Subscription, now: number): IterableIterator<Row> {
  for (const list of lists)
    for (const row of list.ascend()) {
      if ((row.findableAt ?? 0) > now) break;
      if (!waitsForCatchUp(row, subscription)) yield row;
    }
}

/** True if this left its place to another. */
function handOut({ project, subscription, request, haul }: Search, row: Row): boolean {
  if (row.delivery.expiresAt <= request.now) {
    removeDelivery(project, row);
    return true;
  }
  const isTooMuch = haul.deliveries.length > 0 && haul.bytes + row.delivery.bytes > request.maxBytes;
  if (isTooMuch) {
    haul.isFull = true;
    return false;
  }
  const lease = {
    kind: "lease",
    token: leaseToken(request.leaseId, haul.deliveries.length),
    until: request.until,
    maxAttempts: subscription.maxAttempts,
    countsAttempt: subscription.channel === "inbox",
  } as const;
  const result = applyCommand(row, lease, request.now);
  if (result.outcome !== "changed") return false;
  const isDead = result.delivery.state === "dead";
  (isDead ? haul.died : haul.deliveries).push(result.delivery);
  if (!isDead) haul.bytes += result.delivery.bytes;
  return isDead;
}

/** True while a back-fill of an ordered subscription has yet to bring earlier events. */
export function waitsForCatchUp(row: Row, subscription: Subscription | undefined): boolean {
  if (subscription === undefined || !subscription.ordered || subscription.catchUpTo === null) return false;
  return timeOfId(row.delivery.eventId) > subscription.catchUpTo;
}

/** When a lease will next find something; null if nothing waits. */
export function nextFindable(queue: Queue, subscription: Subscription | undefined): number | null {
  let next: number | null = null;
  for (const list of queue.findable)
    for (const row of list.ascend()) {
      if (waitsForCatchUp(row, subscription)) continue;
      next = Math.min(next ?? Number.POSITIVE_INFINITY, row.findableAt ?? 0);
      break;
    }
  return next;
}
