import { type Delivery, leaseToken } from "../../domain/delivery.ts";
import { RANKS } from "../../domain/priority.ts";
import { stateAt } from "../../domain/subscription.ts";
import type { LeaseOutcome, LeaseRequest } from "../delivery-store.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEventPlaces } from "./find-events.ts";
import { type HandOut, handOut } from "./hand-out.ts";
import { isPresentOwner } from "./owners.ts";
import type { Place } from "./places.ts";
import { type Entry, keyOfEntry, type QueueView, readQueue } from "./queue.ts";
import { findSubscription, type SubscriptionRow } from "./subscription-rows.ts";

/** Subscription and owner are read strongly first; then each delivery is taken by one conditional write of its own. */
export async function leaseDeliveries(dynamo: Dynamo, request: LeaseRequest): Promise<LeaseOutcome> {
  const { projectId, subscriptionId, now, owner } = request;
  const [place, row, isOwner] = await Promise.all([
    dynamo.places.find(projectId),
    findSubscription(dynamo, projectId, subscriptionId),
    owner === null ? true : isPresentOwner(dynamo, owner, now),
  ]);
  if (place === null || row === null) return { outcome: "not_found" };
  const state = stateAt(row.subscription, now);
  if (state !== "active") return { outcome: state === "deleted" ? "not_found" : state };
  if (!isOwner || (owner !== null && row.subscription.endpointShard !== owner.shard))
    return { outcome: "not_owner" };
  return fillPlaces(dynamo, { place, row, request });
}

interface Search {
  readonly place: Place;
  readonly row: SubscriptionRow;
  readonly request: LeaseRequest;
}

/** What a lease has so far. */
interface Haul {
  readonly deliveries: Delivery[];
  readonly died: Delivery[];
  bytes: number;
  /** The next would have been too much. */
  isFull: boolean;
  /** The next token's number. */
  tokens: number;
}

/** A queue is looked at again while what was found there left places free. */
const ROUNDS = 12;

async function fillPlaces(dynamo: Dynamo, search: Search): Promise<LeaseOutcome> {
  const { request, row } = search;
  const haul: Haul = { deliveries: [], died: [], bytes: 0, isFull: false, tokens: 0 };
  const tried = new Set<string>();
  let view: QueueView | null = null;
  let hasChanged = true;
  for (let round = 0; round < ROUNDS && hasChanged && !isDone(haul, request); round++) {
    view = await readQueue(dynamo, { row, now: request.now, want: request.limit + tried.size });
    const before = tried.size;
    hasChanged = await takeFrom(dynamo, search, { haul, tried, view });
    hasChanged &&= tried.size > before;
  }
  const { deliveries, died } = haul;
  return {
    outcome: "leased",
    deliveries,
    died,
    nextDueAt: deliveries.length > 0 ? null : nextDueAt(view, tried),
  };
}

function isDone(haul: Haul, { limit }: LeaseRequest): boolean {
  return haul.isFull || haul.deliveries.length >= limit;
}

/** Of those that were due and not to be had, the next try will tell. */
function nextDueAt(view: QueueView | null, tried: ReadonlySet<string>): number | null {
  const left = view?.due.filter(({ name }) => !tried.has(name)).map(({ at }) => at) ?? [];
  const times = [...left, ...(view?.nextAt === null || view === null ? [] : [view.nextAt])];
  return times.length === 0 ? null : Math.min(...times);
}

/** So many held ones at the head of a queue are in the way of those behind them. */
const CROWD = 50;

interface Round {
  readonly haul: Haul;
  /** Names of the entries that were tried. */
  readonly tried: Set<string>;
  readonly view: QueueView;
}

/** Tries to take as many as there are places; true if another look may find more. */
async function takeFrom(dynamo: Dynamo, search: Search, { haul, tried, view }: Round): Promise<boolean> {
  const { request } = search;
  const free = view.due.filter(
    (entry) => !tried.has(entry.name) && !dynamo.inHand.has(nameInHand(search, entry)),
  );
  const { chosen, isFull } = chooseEntries(free, { haul, request });
  haul.isFull = isFull && chosen.length === 0;
  if (chosen.length === 0) return false;
  const results = await tryAll(dynamo, search, { haul, tried, view, chosen });
  for (const result of results) {
    if (result.outcome === "died") haul.died.push(result.delivery);
    if (result.outcome !== "leased") continue;
    haul.deliveries.push(result.delivery);
    haul.bytes += result.delivery.bytes;
  }
  const hasMissed = results.some(({ outcome }) => outcome !== "leased");
  haul.isFull = isFull && !hasMissed;
  return hasMissed;
}

/** Calls of one process do not try for the same ones. */
function nameInHand({ row }: Search, { name }: Entry): string {
  return `${row.subscription.id} ${name}`;
}

async function tryAll(
  dynamo: Dynamo,
  search: Search,
  { haul, tried, view, chosen }: Round & { readonly chosen: readonly Entry[] },
): Promise<HandOut[]> {
  const { place, row, request } = search;
  const first = haul.tokens;
  haul.tokens += chosen.length;
  for (const entry of chosen) {
    tried.add(entry.name);
    dynamo.inHand.add(nameInHand(search, entry));
  }
  try {
    const ids = chosen.map((entry) => keyOfEntry(entry).eventId);
    const events = await findEventPlaces(dynamo, place, ids);
    const { now, until } = request;
    const wish = { place, subscription: row.subscription, now, until, movesAside: view.held > CROWD };
    return await inParallel(chosen, (entry, index) => {
      const event = events.get(ids[index] ?? "") ?? ({ kind: "nothing" } as const);
      return handOut(dynamo, entry, { ...wish, event, token: leaseToken(request.leaseId, first + index) });
    });
  } finally {
    for (const entry of chosen) dynamo.inHand.delete(nameInHand(search, entry));
  }
}

/** Entries for the places that are left, as many as the bytes allow: the lowest rank first, and the highest for as many as the request says. */
function chooseEntries(
  due: readonly Entry[],
  { haul, request }: { readonly haul: Haul; readonly request: LeaseRequest },
): { readonly chosen: readonly Entry[]; readonly isFull: boolean } {
  const upward = due.values();
  const downward = downwardOf(due).values();
  const chosen = new Set<Entry>();
  let bytes = haul.bytes;
  for (let index = haul.deliveries.length; index < request.limit; index++) {
    const entry = nextOf(isLowerPlace(index, request) ? downward : upward, chosen);
    if (entry === null) break;
    const isFirst = haul.deliveries.length + chosen.size === 0;
    bytes += bytesOf(entry);
    if (!isFirst && bytes > request.maxBytes) return { chosen: [...chosen], isFull: true };
    chosen.add(entry);
  }
  return { chosen: [...chosen], isFull: false };
}

/** By the highest rank, and within a rank by time. */
function downwardOf(due: readonly Entry[]): Entry[] {
  return Array.from({ length: RANKS }, (_, index) => RANKS - 1 - index).flatMap((rank) =>
    due.filter((entry) => entry.rank === rank),
  );
}

function bytesOf(entry: Entry): number {
  return entry.kind === "delivery" ? entry.row.delivery.bytes : entry.lane.head.bytes;
}

/** Spreads the `lowerFirst` places evenly among all. */
function isLowerPlace(place: number, { limit, lowerFirst }: LeaseRequest): boolean {
  return Math.floor(((place + 1) * lowerFirst) / limit) > Math.floor((place * lowerFirst) / limit);
}

function nextOf(entries: Iterator<Entry>, chosen: ReadonlySet<Entry>): Entry | null {
  for (;;) {
    const { done, value } = entries.next();
    if (done) return null;
    if (!chosen.has(value)) return value;
  }
}
