import type { Delivery } from "../../domain/delivery.ts";
import type { LeaseOutcome, SettleOutcome } from "../delivery-store.ts";
import type { Packable, Take } from "./pack-records.ts";

/** Outcomes on their way back from the writer's thread: as one row of values a third of the cost of objects. */

type Leased = Extract<LeaseOutcome, { outcome: "leased" }>;

export type PackedLease =
  | Exclude<LeaseOutcome, Leased>
  | {
      readonly outcome: "leased";
      readonly deliveries: readonly Packable[];
      readonly died: readonly Packable[];
      readonly nextDueAt: number | null;
    };

export function packLease(outcome: LeaseOutcome): PackedLease {
  if (outcome.outcome !== "leased") return outcome;
  const { deliveries, died } = outcome;
  return { ...outcome, deliveries: packDeliveries(deliveries), died: packDeliveries(died) };
}

export function unpackLease(packed: PackedLease): LeaseOutcome {
  if (packed.outcome !== "leased") return packed;
  const { deliveries, died } = packed;
  return { ...packed, deliveries: unpackDeliveries(deliveries), died: unpackDeliveries(died) };
}

/** Names of outcomes; behind each `settled` stands its delivery. */
export function packSettles(outcomes: readonly SettleOutcome[]): readonly Packable[] {
  const values: Packable[] = [];
  for (const outcome of outcomes) {
    values.push(outcome.outcome);
    if (outcome.outcome === "settled") packDelivery(values, outcome.delivery);
  }
  return values;
}

export function unpackSettles(values: readonly Packable[]): SettleOutcome[] {
  return unpackAll(values, (take) => {
    const outcome = take<SettleOutcome["outcome"]>();
    return outcome === "settled" ? { outcome, delivery: unpackDelivery(take) } : { outcome };
  });
}

function packDeliveries(deliveries: readonly Delivery[]): readonly Packable[] {
  const values: Packable[] = [];
  for (const delivery of deliveries) packDelivery(values, delivery);
  return values;
}

function unpackDeliveries(values: readonly Packable[]): Delivery[] {
  return unpackAll(values, unpackDelivery);
}

function unpackAll<T>(values: readonly Packable[], unpack: (take: Take) => T): T[] {
  let next = 0;
  const take: Take = <V extends Packable>() => values[next++] as V;
  const all: T[] = [];
  while (next < values.length) all.push(unpack(take));
  return all;
}

function packDelivery(values: Packable[], delivery: Delivery): void {
  values.push(
    delivery.projectId,
    delivery.eventId,
    delivery.subscriptionId,
    delivery.cause,
    delivery.state,
    delivery.stateReason,
    delivery.rank,
    delivery.attempt,
    delivery.attemptBase,
    delivery.takeovers,
    delivery.dueAt,
    delivery.leaseToken,
    delivery.leasedAt,
    delivery.bytes,
    delivery.createdAt,
    delivery.settledAt,
    delivery.expiresAt,
  );
  const { lane } = delivery;
  if (lane === null) values.push(null);
  else values.push(lane.key, lane.position, lane.parks);
}

/** The order of evaluation is the order of packing. */
function unpackDelivery(take: Take): Delivery {
  return {
    projectId: take(),
    eventId: take(),
    subscriptionId: take(),
    cause: take<string>(),
    state: take() as Delivery["state"],
    stateReason: take(),
    rank: take(),
    attempt: take(),
    attemptBase: take(),
    takeovers: take(),
    dueAt: take(),
    leaseToken: take(),
    leasedAt: take(),
    bytes: take(),
    createdAt: take(),
    settledAt: take(),
    expiresAt: take(),
    lane: unpackLane(take),
  };
}

function unpackLane(take: Take): Delivery["lane"] {
  const key = take<string | null>();
  return key === null ? null : { key, position: take(), parks: take() };
}
