import type { Credential } from "../../domain/credential.ts";
import type { StoredEvent } from "../../domain/event.ts";
import { timeOfId } from "../../domain/ids.ts";
import type { Job } from "../../domain/job.ts";
import { PULL_MAX_ATTEMPTS, type Subscription } from "../../domain/subscription.ts";
import type { EventRecord, IdempotencyRow, PlannedDelivery } from "../event-store.ts";
import type { NewProject } from "../project-store.ts";

/** The time at which the contract begins: everything is accepted and made at `T0` unless a test says otherwise. */
export const T0 = 1_800_000_000_000;
export const SECOND = 1_000;
export const DAY = 86_400_000;

let made = 0;

/** A fresh UUIDv7 of this millisecond; those of one millisecond rise in the order they are made. */
export function idAt(at: number): string {
  made += 1;
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${made.toString(16).padStart(12, "0")}`;
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

export function makeEvent(
  projectId: string,
  fields: Partial<StoredEvent> & { at?: number } = {},
): StoredEvent {
  const { at = T0, ...own } = fields;
  return {
    projectId,
    id: idAt(at),
    type: "order.created",
    source: "shop",
    tags: ["eu"],
    priority: "normal",
    occurredAt: at - SECOND,
    contentType: "application/json",
    subjectIndex: null,
    orderingKeyIndex: null,
    sealed: bytesOf(`sealed ${made}`),
    bytes: 100,
    isPlanned: false,
    expiresAt: at + 97 * DAY,
    ...own,
  };
}

export function planFor(...subscriptions: readonly Subscription[]): PlannedDelivery[] {
  return subscriptions.map(({ id, ordered, onDead }) => ({
    subscriptionId: id,
    ordered,
    parks: onDead === "park",
  }));
}

export function makeRecord(event: StoredEvent, fields: Partial<EventRecord> = {}): EventRecord {
  return {
    event,
    sealOrder: null,
    dueAt: timeOfId(event.id),
    plan: [],
    isWide: false,
    idempotency: null,
    ...fields,
  };
}

export function makeIdempotency(keyIndex: string, fields: Partial<IdempotencyRow> = {}): IdempotencyRow {
  return { kind: "key", keyIndex, fingerprint: "same", expiresAt: T0 + 7 * DAY, ...fields };
}

export function makeSubscription(projectId: string, fields: Partial<Subscription> = {}): Subscription {
  const id = idAt(T0);
  return {
    projectId,
    id,
    name: null,
    channel: "inbox",
    matches: null,
    ordered: false,
    onDead: "park",
    maxAttempts: PULL_MAX_ATTEMPTS,
    labels: [],
    state: "active",
    stateReason: null,
    identity: `identity of ${id}`,
    endpointShard: null,
    sealed: bytesOf("{}"),
    effectiveAt: T0,
    catchUpTo: null,
    failingSince: null,
    expiresAt: null,
    createdAt: T0,
    updatedAt: T0,
    version: 1,
    ...fields,
  };
}

export function makeCredential(projectId: string, fields: Partial<Credential> = {}): Credential {
  const id = idAt(T0);
  return {
    projectId,
    id,
    name: "key",
    scopes: ["events:write", "events:read"],
    tokenHash: `hash of ${id}`,
    createdAt: T0,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    ...fields,
  };
}

export function makeProject(name = "project"): NewProject {
  const id = idAt(T0);
  const wrapped = bytesOf(`wrapped for ${id}`);
  return {
    project: { id, name, createdAt: T0 },
    keys: [
      { id: "index", kind: "index", wrapped, createdAt: T0 },
      { id: "data-1", kind: "data", wrapped, createdAt: T0 + 1 },
    ],
    mainInbox: makeSubscription(id, { name: "main", matches: "unmatched", identity: "main" }),
    credential: makeCredential(id, { scopes: ["project:admin"] }),
  };
}

export function makeJob(projectId: string, fields: Partial<Job> = {}): Job {
  return {
    projectId,
    id: idAt(T0),
    kind: "replay",
    state: "running",
    input: bytesOf("{}"),
    position: null,
    done: 0,
    total: null,
    error: null,
    createdAt: T0,
    finishedAt: null,
    ...fields,
  };
}
