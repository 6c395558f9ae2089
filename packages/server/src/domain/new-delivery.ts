import type { Delivery } from "./delivery.ts";
import type { StoredEvent } from "./event.ts";
import type { Cause } from "./ids.ts";
import type { LanePlace } from "./lane.ts";
import { rankOf } from "./priority.ts";

/** What is to be known of a new delivery besides its event. */
export interface NewDelivery {
  readonly subscriptionId: string;
  readonly cause: Cause;
  readonly lane: LanePlace | null;
  readonly dueAt: number;
  readonly createdAt: number;
}

/** A delivery of an event as it begins: pending, never handed over. */
export function newDelivery(event: StoredEvent, made: NewDelivery): Delivery {
  const { subscriptionId, cause, lane, dueAt, createdAt } = made;
  return {
    projectId: event.projectId,
    eventId: event.id,
    subscriptionId,
    cause,
    state: "pending",
    stateReason: null,
    rank: rankOf(event.priority, false),
    attempt: 0,
    attemptBase: 0,
    takeovers: 0,
    dueAt,
    leaseToken: null,
    leasedAt: null,
    lane,
    bytes: event.bytes,
    createdAt,
    settledAt: null,
    expiresAt: event.expiresAt,
  };
}
