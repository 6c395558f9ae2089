import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import { holdsLane } from "../../domain/lane.ts";
import { RANKS } from "../../domain/priority.ts";
import type { AttemptRow } from "../delivery-store.ts";
import { makeSortedList, type SortedList } from "./sorted-list.ts";

/** A delivery in memory. The frozen `delivery` is replaced as a whole with each change. */
export interface Row {
  readonly queue: Queue;
  delivery: Delivery;
  /** When a lease may find it; null while it is settled or a lane keeps it back. */
  findableAt: number | null;
  readonly attempts: (AttemptRow & { readonly number: number })[];
}

/** One ordering key in one ordered subscription. */
export interface Lane {
  /** Those that hold the lane, by position; the first is its head. */
  readonly rows: SortedList<Row>;
  /** Those under a lease: the head, or one that was the head before a back-fill put an earlier event before it. */
  readonly out: Set<Row>;
  /** The head as it stands among what a lease may find. */
  found: Row | null;
}

/** The deliveries of one subscription, so kept that neither a lease nor a count looks at those it does not need. */
export interface Queue {
  /** What a lease may find, now or later, per rank by (`findableAt`, event, cause). */
  readonly findable: readonly SortedList<Row>[];
  readonly pending: Set<Row>;
  readonly leased: Set<Row>;
  readonly dead: Set<Row>;
  readonly lanes: Map<string, Lane>;
}

export function makeQueue(): Queue {
  return {
    findable: Array.from({ length: RANKS }, () => makeSortedList(compareFindable)),
    pending: new Set(),
    leased: new Set(),
    dead: new Set(),
    lanes: new Map(),
  };
}

/** Replaces the delivery of a row and moves the row, and its lane, to where they belong now. */
export function changeRow(row: Row, delivery: Delivery): void {
  liftRow(row);
  row.delivery = Object.freeze(delivery);
  putRow(row);
}

export function putRow(row: Row): void {
  const { queue } = row;
  const { state, lane: place, dueAt } = row.delivery;
  if (state === "pending" || state === "leased" || state === "dead") queue[state].add(row);
  if (place === null) {
    if (state === "pending" || state === "leased") show(row, dueAt);
  } else if (holdsLane(state, place)) {
    const lane = laneOf(queue, place.key);
    lane.rows.insert(row);
    if (state === "leased") lane.out.add(row);
    showHead(lane);
  }
}

export function liftRow(row: Row): void {
  const { queue } = row;
  const { state, lane: place } = row.delivery;
  if (state === "pending" || state === "leased" || state === "dead") queue[state].delete(row);
  const lane = place === null ? undefined : queue.lanes.get(place.key);
  if (place === null || lane === undefined || !holdsLane(state, place)) {
    hide(row);
    return;
  }
  lane.rows.remove(row);
  lane.out.delete(row);
  showHead(lane);
  if (lane.rows.first() === undefined) queue.lanes.delete(place.key);
}

/** True while a lower position of its lane keeps a pending delivery back. */
export function isBlocked({ queue, delivery: { state, lane: place } }: Row): boolean {
  if (state !== "pending" || place === null) return false;
  const head = queue.lanes.get(place.key)?.rows.first();
  return head?.delivery.lane?.position !== place.position;
}

/** When the head of a lane may go out: not while a lease is out in it, never while it is dead. */
export function laneDueAt(lane: Lane): number | null {
  const head = lane.rows.first();
  if (head === undefined || head.delivery.state === "dead") return null;
  let dueAt = head.delivery.dueAt;
  for (const { delivery } of lane.out) dueAt = Math.max(dueAt, delivery.dueAt);
  return dueAt;
}

function laneOf(queue: Queue, key: string): Lane {
  const known = queue.lanes.get(key);
  if (known !== undefined) return known;
  const lane: Lane = { rows: makeSortedList(comparePosition), out: new Set(), found: null };
  queue.lanes.set(key, lane);
  return lane;
}

function showHead(lane: Lane): void {
  const head = lane.rows.first();
  const dueAt = laneDueAt(lane);
  if (lane.found !== null) hide(lane.found);
  lane.found = null;
  if (head === undefined || dueAt === null) return;
  show(head, dueAt);
  lane.found = head;
}

function show(row: Row, findableAt: number): void {
  row.findableAt = findableAt;
  row.queue.findable[row.delivery.rank]?.insert(row);
}

function hide(row: Row): void {
  if (row.findableAt === null) return;
  row.queue.findable[row.delivery.rank]?.remove(row);
  row.findableAt = null;
}

function compareFindable(a: Row, b: Row): number {
  return (a.findableAt ?? 0) - (b.findableAt ?? 0) || compareKeys(a.delivery, b.delivery);
}

function comparePosition(a: Row, b: Row): number {
  const difference = (a.delivery.lane?.position ?? 0) - (b.delivery.lane?.position ?? 0);
  return difference || compareKeys(a.delivery, b.delivery);
}

/** By event, subscription and cause. */
export function compareKeys(a: DeliveryKey, b: DeliveryKey): number {
  return (
    compareTexts(a.eventId, b.eventId) ||
    compareTexts(a.subscriptionId, b.subscriptionId) ||
    compareTexts(a.cause, b.cause)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
