import type { StoredEvent } from "../../domain/event.ts";
import type { EventListRequest, EventStore } from "../event-store.ts";
import { findEvent, rowName } from "./rows.ts";
import type { EventRow, ProjectTable, Tables } from "./tables.ts";

type Plain = Pick<
  EventStore,
  | "readEvents"
  | "listEvents"
  | "countPlan"
  | "listPlans"
  | "expireKeys"
  | "touchEventTypes"
  | "listEventTypes"
>;

export function makeEvents(tables: Tables): Plain {
  return {
    readEvents: async (projectId, ids, now) => {
      const project = tables.projects.get(projectId);
      return ids.flatMap((id) => findEvent(project, id, now)?.event ?? []);
    },
    listEvents: async (request) => listEvents(tables, request),
    countPlan: async (projectId, eventId) => countPlan(tables.projects.get(projectId)?.events.get(eventId)),
    listPlans: async (limit) => tables.plans.values().take(limit).toArray(),
    expireKeys: async (request) => expireKeys(tables, request),
    touchEventTypes: async (projectId, types) => {
      const seen = tables.projects.get(projectId)?.eventTypes;
      for (const { type, lastSeenAt } of types) seen?.set(type, Math.max(seen.get(type) ?? 0, lastSeenAt));
    },
    listEventTypes: async (projectId) => {
      const seen = [...(tables.projects.get(projectId)?.eventTypes ?? [])];
      return seen
        .map(([type, lastSeenAt]) => ({ type, lastSeenAt }))
        .sort((a, b) => (a.type < b.type ? -1 : 1));
    },
  };
}

function listEvents(tables: Tables, request: EventListRequest): StoredEvent[] {
  const { beforeId, fromId, subjectIndex, limit, now } = request;
  const events: StoredEvent[] = [];
  const rows = tables.projects.get(request.projectId)?.eventsById;
  for (const { event } of rows?.descend((row) => beforeId === null || row.event.id < beforeId) ?? []) {
    if (events.length >= limit || (fromId !== null && event.id < fromId)) break;
    const isWanted = subjectIndex === null || event.subjectIndex === subjectIndex;
    if (isWanted && event.expiresAt > now) events.push(event);
  }
  return events;
}

function countPlan(stored: EventRow | undefined): number {
  const left = stored?.plan?.entries.slice(stored.plan.next) ?? [];
  return left.filter(
    ({ subscriptionId }) => !stored?.deliveries.has(rowName({ subscriptionId, cause: "live" })),
  ).length;
}

type ExpireKeys = Parameters<EventStore["expireKeys"]>[0];

function expireKeys(tables: Tables, request: ExpireKeys): number {
  let idempotency = 0;
  let ordering = 0;
  for (const project of tables.projects.values()) {
    idempotency += forgetIdempotency(project, request.now, request.limit - idempotency);
    ordering += forgetOrderingKeys(project, request.keysUnusedSince, request.limit - ordering);
  }
  return idempotency + ordering;
}

function forgetIdempotency({ idempotency }: ProjectTable, now: number, limit: number): number {
  const due = idempotency.entries().filter(([, { expiresAt }]) => expiresAt <= now);
  const names = due.take(limit).toArray();
  for (const [name] of names) idempotency.delete(name);
  return names.length;
}

function forgetOrderingKeys({ orderingKeys }: ProjectTable, unusedSince: number, limit: number): number {
  const unused = orderingKeys.entries().filter(([, key]) => key.usedAt < unusedSince && key.plans.size === 0);
  const names = unused.take(limit).toArray();
  for (const [name] of names) orderingKeys.delete(name);
  return names.length;
}
