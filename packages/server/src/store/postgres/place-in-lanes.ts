import type { DeliveryKey } from "../../domain/ids.ts";
import type { LanePlace } from "../../domain/lane.ts";
import { type Head, type Lane, laneText } from "./lanes.ts";
import { causeOf, causeValue } from "./rows.ts";

/** A new delivery of a lane. */
export interface LanedDelivery extends DeliveryKey {
  readonly dueAt: number;
  readonly lane: LanePlace;
}

export interface Placement<D extends LanedDelivery> {
  /** `readyAt`: when a lease may find it; null: it stands behind the head. */
  readonly placed: readonly { readonly delivery: D; readonly readyAt: number | null }[];
  /** Heads that these come before. */
  readonly hidden: readonly DeliveryKey[];
}

/** The place of a delivery of an event with this key and position in the lane of a subscription; null if it is in no lane. */
export function placeIn(
  { ordered, parks }: { readonly ordered: boolean; readonly parks: boolean },
  key: string | null,
  position: number | null,
): LanePlace | null {
  return ordered && key !== null && position !== null ? { key, position, parks } : null;
}

/** The lane of a new delivery. */
export function laneOf({ subscriptionId, lane }: LanedDelivery): Lane {
  return { subscriptionId, key: lane.key };
}

/** Finds the places of new deliveries in lanes with these heads. */
export function placeInLanes<D extends LanedDelivery>(
  deliveries: readonly D[],
  heads: ReadonlyMap<string, Head>,
): Placement<D> {
  const placed: { delivery: D; readyAt: number | null }[] = [];
  const hidden: DeliveryKey[] = [];
  for (const [name, fresh] of Map.groupBy(deliveries, (delivery) => laneText(laneOf(delivery)))) {
    const [first, ...others] = fresh.toSorted(compareInLane);
    if (first === undefined) continue;
    const head = heads.get(name);
    const isFront = head === undefined || isBefore(first, head);
    placed.push({ delivery: first, readyAt: isFront ? Math.max(first.dueAt, head?.outUntil ?? 0) : null });
    placed.push(...others.map((delivery) => ({ delivery, readyAt: null })));
    // It waits behind the head, but for a back-fill that brings an earlier event.
    if (isFront && head?.isShown) hidden.push(keyOfHead(head, first));
  }
  return { placed, hidden };
}

function compareInLane(a: LanedDelivery, b: LanedDelivery): number {
  return (
    a.lane.position - b.lane.position ||
    compareTexts(a.eventId, b.eventId) ||
    compareTexts(causeValue(a.cause), causeValue(b.cause))
  );
}

function isBefore({ lane, eventId, cause }: LanedDelivery, head: Head): boolean {
  const byPlace = lane.position - head.position || compareTexts(eventId, head.eventId);
  return (byPlace || compareTexts(causeValue(cause), head.cause)) < 0;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOfHead({ eventId, cause }: Head, { subscriptionId }: LanedDelivery): DeliveryKey {
  return { eventId, subscriptionId, cause: causeOf(cause) };
}
