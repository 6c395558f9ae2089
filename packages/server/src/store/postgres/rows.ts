import { DELIVERY_STATES, type Delivery } from "../../domain/delivery.ts";
import type { StoredEvent } from "../../domain/event.ts";
import { type Cause, type DeliveryKey, isUuid } from "../../domain/ids.ts";
import { PRIORITIES } from "../../domain/priority.ts";

/** The cause of a live delivery: behind every UUIDv7, as `live` is behind every digit. */
const LIVE_CAUSE = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** Below every id, and no row's. */
export const LOWEST_ID = "00000000-0000-0000-0000-000000000000";
/** Above every id. */
export const HIGHEST_ID = LIVE_CAUSE;

/** Where an open delivery stands in the index that leases read: `deliveries.shelf`. */
export const SHELF = { pending: 0, leased: 1, blocked: 2 } as const;

/** The id as a `uuid`; for a text that is none, one that no row has. */
export function idValue(id: string): string {
  return isUuid(id) ? id : LOWEST_ID;
}

export function causeValue(cause: Cause): string {
  return cause === "live" ? LIVE_CAUSE : idValue(cause);
}

export function causeOf(value: string): Cause {
  return value === LIVE_CAUSE ? "live" : value;
}

/** A stored delivery. */
export interface Row {
  readonly delivery: Delivery;
  /** When a lease may find it; null while it is settled or a lane keeps it back. */
  readonly readyAt: number | null;
  /** Leased with no attempt left. */
  readonly isLast: boolean;
}

const DELIVERY_NAMES = [
  ...["event", "subscription", "cause", "state", "state_reason", "rank", "attempt", "attempt_base"],
  ...["takeovers", "due_at", "ready_at", "lease_token", "leased_at", "lane_key", "position", "parks"],
  ...["bytes", "created_at", "settled_at", "expires_at", "is_last"],
];
/** Of `deliveries` or `deliveries_open` under the name `d`. */
export const DELIVERY_COLUMNS = DELIVERY_NAMES.map((name) => `d.${name}`).join(", ");

export type DeliveryTuple = readonly [
  event: string,
  subscription: string,
  cause: string,
  state: number,
  stateReason: string | null,
  rank: number,
  attempt: number,
  attemptBase: number,
  takeovers: number,
  dueAt: number,
  readyAt: number | null,
  leaseToken: string | null,
  leasedAt: number | null,
  laneKey: string | null,
  position: number | null,
  parks: boolean | null,
  bytes: number,
  createdAt: number,
  settledAt: number | null,
  expiresAt: number,
  isLast: boolean,
];

export function rowOf(projectId: string, tuple: readonly [...DeliveryTuple, ...unknown[]]): Row {
  return { delivery: deliveryOf(projectId, tuple), readyAt: tuple[10], isLast: tuple[20] };
}

export function deliveryOf(projectId: string, tuple: readonly [...DeliveryTuple, ...unknown[]]): Delivery {
  const [eventId, subscriptionId, cause, state, stateReason, rank, attempt, attemptBase, takeovers, dueAt] =
    tuple;
  const laneKey = tuple[13];
  return {
    projectId,
    eventId,
    subscriptionId,
    cause: causeOf(cause),
    state: stateNamed(state),
    stateReason,
    rank,
    attempt,
    attemptBase,
    takeovers,
    dueAt,
    leaseToken: tuple[11],
    leasedAt: tuple[12],
    lane: laneKey === null ? null : { key: laneKey, position: tuple[14] ?? 0, parks: tuple[15] === true },
    bytes: tuple[16],
    createdAt: tuple[17],
    settledAt: tuple[18],
    expiresAt: tuple[19],
  };
}

/** A key as a text, for maps. */
export function keyText({ eventId, subscriptionId, cause }: DeliveryKey): string {
  return `${eventId} ${subscriptionId} ${cause}`;
}

export function stateNumber(state: Delivery["state"]): number {
  return DELIVERY_STATES.indexOf(state);
}

function stateNamed(number: number): Delivery["state"] {
  const state = DELIVERY_STATES[number];
  if (state === undefined) throw new Error(`No state has the number ${number}`);
  return state;
}

const EVENT_NAMES = [
  ...["id", "type", "source", "tags", "priority", "occurred_at", "content_type", "subject_index"],
  ...["ordering_key_index", "bytes", "is_planned", "expires_at", "sealed"],
];
/** Of `events` under the name `e`. */
export const EVENT_COLUMNS = EVENT_NAMES.map((name) => `e.${name}`).join(", ");

export type EventTuple = readonly [
  id: string,
  type: string | null,
  source: string | null,
  tags: string | null,
  priority: number,
  occurredAt: number | null,
  contentType: string | null,
  subjectIndex: string | null,
  orderingKeyIndex: string | null,
  bytes: number,
  isPlanned: boolean,
  expiresAt: number,
  sealed: Uint8Array,
];

/** What most payloads are; stored as NULL. */
export const PLAIN_CONTENT_TYPE = "application/json";

export function eventOf(projectId: string, tuple: readonly [...EventTuple, ...unknown[]]): StoredEvent {
  const priority = PRIORITIES[tuple[4]];
  if (priority === undefined) throw new Error(`No priority has the number ${tuple[4]}`);
  return {
    projectId,
    id: tuple[0],
    type: tuple[1],
    source: tuple[2],
    tags: tuple[3] === null ? [] : (JSON.parse(tuple[3]) as string[]),
    priority,
    occurredAt: tuple[5],
    contentType: tuple[6] ?? PLAIN_CONTENT_TYPE,
    subjectIndex: tuple[7],
    orderingKeyIndex: tuple[8],
    sealed: tuple[12],
    bytes: tuple[9],
    isPlanned: tuple[10],
    expiresAt: tuple[11],
  };
}
