import { DELIVERY_STATES, type Delivery } from "../../domain/delivery.ts";
import type { StoredEvent } from "../../domain/event.ts";
import { type Cause, type DeliveryKey, isUuid, uuidBytes, uuidText } from "../../domain/ids.ts";
import { PRIORITIES } from "../../domain/priority.ts";

/** The cause of a live delivery: behind every UUIDv7, as `live` is behind every digit. */
const LIVE_CAUSE = new Uint8Array([0xff]);

/** Where an open delivery stands in the index that leases read: `deliveries.shelf`. */
export const SHELF = { pending: 0, leased: 1, blocked: 2 } as const;

const NO_ID = new Uint8Array(0);

/** The bytes of an id; for a text that is none, bytes that no row has. */
export function idBytes(id: string): Uint8Array {
  return isUuid(id) ? uuidBytes(id) : NO_ID;
}

/** The key of a delivery as it is stored. */
export interface RowKey {
  readonly project: number;
  readonly event: Uint8Array;
  readonly subscription: Uint8Array;
  readonly cause: Uint8Array;
}

/** A stored delivery. */
export interface Row {
  readonly key: RowKey;
  readonly delivery: Delivery;
  /** When a lease may find it; null while it is settled or a lane keeps it back. */
  readonly readyAt: number | null;
  /** Leased with no attempt left. */
  readonly isLast: boolean;
}

export const DELIVERY_COLUMNS = `event, subscription, cause, state, state_reason, rank, attempt, attempt_base,
  takeovers, due_at, ready_at, lease_token, leased_at, lane_key, position, parks, bytes, created_at, settled_at, expires_at, is_last`;

export type DeliveryTuple = readonly [
  event: Uint8Array,
  subscription: Uint8Array,
  cause: Uint8Array,
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
  parks: number | null,
  bytes: number,
  createdAt: number,
  settledAt: number | null,
  expiresAt: number,
  isLast: number | null,
];

/** The project of rows, by its id and by its number. */
export interface ProjectRef {
  readonly id: string;
  readonly number: number;
}

export function rowOf(project: ProjectRef, tuple: DeliveryTuple): Row {
  const [event, subscription, cause] = tuple;
  return {
    key: { project: project.number, event, subscription, cause },
    delivery: deliveryOf(project.id, tuple),
    readyAt: tuple[10],
    isLast: tuple[20] === 1,
  };
}

export function deliveryOf(projectId: string, tuple: DeliveryTuple): Delivery {
  const [event, subscription, cause, state, stateReason, rank, attempt, attemptBase, takeovers, dueAt] =
    tuple;
  const laneKey = tuple[13];
  return {
    projectId,
    eventId: uuidText(event),
    subscriptionId: uuidText(subscription),
    cause: causeText(cause),
    state: stateNamed(state),
    stateReason,
    rank,
    attempt,
    attemptBase,
    takeovers,
    dueAt,
    leaseToken: tuple[11],
    leasedAt: tuple[12],
    lane: laneKey === null ? null : { key: laneKey, position: tuple[14] ?? 0, parks: tuple[15] === 1 },
    bytes: tuple[16],
    createdAt: tuple[17],
    settledAt: tuple[18],
    expiresAt: tuple[19],
  };
}

export function rowKey(project: number, { eventId, subscriptionId, cause }: DeliveryKey): RowKey {
  return {
    project,
    event: idBytes(eventId),
    subscription: idBytes(subscriptionId),
    cause: causeBytes(cause),
  };
}

export function keyOfTuple(event: Uint8Array, subscription: Uint8Array, cause: Uint8Array): DeliveryKey {
  return { eventId: uuidText(event), subscriptionId: uuidText(subscription), cause: causeText(cause) };
}

export function causeBytes(cause: Cause): Uint8Array {
  return cause === "live" ? LIVE_CAUSE : idBytes(cause);
}

function causeText(cause: Uint8Array): Cause {
  return cause.length === 1 ? "live" : uuidText(cause);
}

export function stateNumber(state: Delivery["state"]): number {
  return DELIVERY_STATES.indexOf(state);
}

function stateNamed(number: number): Delivery["state"] {
  const state = DELIVERY_STATES[number];
  if (state === undefined) throw new Error(`No state has the number ${number}`);
  return state;
}

export const EVENT_COLUMNS = `id, type, source, tags, priority, occurred_at, content_type, subject_index,
  ordering_key_index, bytes, is_planned, expires_at, sealed`;

export type EventTuple = readonly [
  id: Uint8Array,
  type: string | null,
  source: string | null,
  tags: string | null,
  priority: number,
  occurredAt: number | null,
  contentType: string | null,
  subjectIndex: string | null,
  orderingKeyIndex: string | null,
  bytes: number,
  isPlanned: number,
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
    id: uuidText(tuple[0]),
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
    isPlanned: tuple[10] === 1,
    expiresAt: tuple[11],
  };
}
