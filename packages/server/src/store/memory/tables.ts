import type { Credential } from "../../domain/credential.ts";
import type { StoredEvent } from "../../domain/event.ts";
import type { Job } from "../../domain/job.ts";
import type { Project, WrappedKey } from "../../domain/project.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { IdempotencyRow, PlannedDelivery, PlanRef } from "../event-store.ts";
import type { Queue, Row } from "./queue.ts";
import { makeSortedList, type SortedList } from "./sorted-list.ts";

/** The deliveries of an event that are still to be made. */
export interface Plan {
  readonly dueAt: number;
  readonly entries: readonly PlannedDelivery[];
  /** Index of the first entry that is not expanded yet. */
  next: number;
}

export interface EventRow {
  readonly event: StoredEvent;
  /** Place in the feed; rises with every commit of the project. */
  readonly n: number;
  /** The latest time of acceptance in the feed up to here: commits may stand in another order than their ids. */
  readonly latestAt: number;
  /** Position of its ordering key. */
  readonly position: number | null;
  /** Its deliveries by `rowName`. */
  readonly deliveries: Map<string, Row>;
  plan: Plan | null;
}

export interface OrderingKey {
  /** The last position given. */
  position: number;
  usedAt: number;
  /** Ids of its events with an unexpanded plan, oldest first. */
  readonly plans: Set<string>;
}

export interface ProjectTable {
  project: Project;
  readonly keys: WrappedKey[];
  readonly credentials: Map<string, Credential>;
  readonly subscriptions: Map<string, Subscription>;
  /** Ids of those that have neither ended nor been deleted. */
  readonly byName: Map<string, string>;
  readonly byIdentity: Map<string, string>;
  matchVersion: number;
  readonly events: Map<string, EventRow>;
  readonly eventsById: SortedList<EventRow>;
  readonly feed: SortedList<EventRow>;
  lastN: number;
  latestAt: number;
  /** The highest place in the feed that retention removed. */
  expiredN: number;
  readonly idempotency: Map<string, IdempotencyRow & { readonly eventId: string }>;
  readonly orderingKeys: Map<string, OrderingKey>;
  readonly queues: Map<string, Queue>;
  readonly eventTypes: Map<string, number>;
}

export interface JobRow {
  job: Job;
  fence: number;
  until: number;
}

export interface OwnerRow {
  ownerId: string | null;
  fence: number;
  until: number;
}

/** Everything the memory store holds. */
export interface Tables {
  readonly projects: Map<string, ProjectTable>;
  /** Deleted, not yet purged. */
  readonly closedProjects: Map<string, ProjectTable>;
  readonly credentialsByHash: Map<string, Credential>;
  readonly jobs: Map<string, JobRow>;
  readonly owners: OwnerRow[];
  readonly settings: Map<string, Uint8Array>;
  /** Events with an unexpanded plan by id, oldest first. */
  readonly plans: Map<string, PlanRef>;
}

export function makeTables(shards: number): Tables {
  return {
    projects: new Map(),
    closedProjects: new Map(),
    credentialsByHash: new Map(),
    jobs: new Map(),
    owners: Array.from({ length: shards }, () => ({ ownerId: null, fence: 0, until: 0 })),
    settings: new Map(),
    plans: new Map(),
  };
}

export function makeProjectTable(project: Project): ProjectTable {
  return {
    project,
    keys: [],
    credentials: new Map(),
    subscriptions: new Map(),
    byName: new Map(),
    byIdentity: new Map(),
    matchVersion: 0,
    events: new Map(),
    eventsById: makeSortedList((a, b) => (a.event.id < b.event.id ? -1 : a === b ? 0 : 1)),
    feed: makeSortedList((a, b) => a.n - b.n),
    lastN: 0,
    latestAt: 0,
    expiredN: 0,
    idempotency: new Map(),
    orderingKeys: new Map(),
    queues: new Map(),
    eventTypes: new Map(),
  };
}

/** A copy that nobody else holds, of bytes that the caller may use again. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
