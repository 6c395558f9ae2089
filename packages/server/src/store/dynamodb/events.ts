import type { StoredEvent } from "../../domain/event.ts";
import type { EventListRequest, EventStore, EventTypeRow } from "../event-store.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEvents, isKept } from "./find-events.ts";
import { numberOf } from "./item.ts";
import { projectKey } from "./keys.ts";
import { loadPayloads } from "./payloads.ts";
import { countPlan, listPlans } from "./plans.ts";
import { lastOf, readRows } from "./read-items.ts";
import type { EventRow } from "./rows.ts";
import { walkEvents } from "./walk-events.ts";
import { updateItem } from "./write-items.ts";

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

export function makeEvents(dynamo: Dynamo): Plain {
  return {
    readEvents: async (projectId, ids, now) => {
      const place = await dynamo.places.find(projectId);
      if (place === null) return [];
      const rows = await findEvents(dynamo, place, { ids, now });
      return loadPayloads(
        dynamo,
        ids.flatMap((id) => rows.get(id) ?? []),
      );
    },
    listEvents: (request) => listEvents(dynamo, request),
    countPlan: (projectId, eventId) => countPlan(dynamo, projectId, eventId),
    listPlans: (limit) => listPlans(dynamo, limit),
    // The storage's TTL forgets keys at their last date, at no cost; a key past it counts as absent before that.
    expireKeys: async () => 0,
    touchEventTypes: (projectId, types) => touchEventTypes(dynamo, projectId, types),
    listEventTypes: (projectId) => listEventTypes(dynamo, projectId),
  };
}

async function listEvents(dynamo: Dynamo, request: EventListRequest): Promise<StoredEvent[]> {
  const { projectId, beforeId, fromId, subjectIndex, limit, now } = request;
  const place = await dynamo.places.find(projectId);
  const rows: EventRow[] = [];
  if (place === null || limit <= 0) return [];
  const walk = {
    after: null,
    from: fromId,
    before: beforeId,
    isBackward: true,
    subjectIndex,
    pageSize: limit,
  };
  for await (const row of walkEvents(dynamo, place, walk)) {
    if (isKept(row.event, now)) rows.push(row);
    if (rows.length >= limit) break;
  }
  return loadPayloads(dynamo, rows);
}

export async function touchEventTypes(
  dynamo: Dynamo,
  projectId: string,
  types: readonly EventTypeRow[],
): Promise<void> {
  if ((await dynamo.places.find(projectId)) === null) return;
  const { pk } = projectKey(projectId);
  await inParallel(types, async ({ type, lastSeenAt }) => {
    await updateItem(dynamo, "control", {
      key: { pk, sk: `t#${type}` },
      set: "SET ls = :at",
      values: { at: lastSeenAt },
      condition: { expression: "attribute_not_exists(ls) OR ls < :at" },
    });
  });
}

async function listEventTypes(dynamo: Dynamo, projectId: string): Promise<EventTypeRow[]> {
  if ((await dynamo.places.find(projectId)) === null) return [];
  const { pk: hash } = projectKey(projectId);
  const rows: EventTypeRow[] = [];
  for await (const item of readRows(dynamo, { table: "control", hash, from: "t#", to: lastOf("t#") }))
    rows.push({ type: item.sk.slice(2), lastSeenAt: numberOf(item, "ls") ?? 0 });
  return rows;
}
