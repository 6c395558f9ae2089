import { timeOfId } from "../../domain/ids.ts";
import type { EventStore, PlanRef } from "../event-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { ABANDONED_MS, fenceEvent } from "./fence-event.ts";
import { findEventPlaces, findEvents } from "./find-events.ts";
import { textOf } from "./item.ts";
import { planSort } from "./keys.ts";
import { mergeRows } from "./merge-rows.ts";
import { type Place, partitionFor } from "./places.ts";
import { PLAN_SHARDS, type PlanRow, planHash, planRow } from "./plan-rows.ts";
import { lastOf, readItem, readRows } from "./read-items.ts";
import { deliveriesOfEvent, endPlan } from "./remove-event.ts";
import { WORK_INDEX } from "./tables.ts";

/** The plan of an event that is there. */
export async function findPlan(dynamo: Dynamo, place: Place, eventId: string): Promise<PlanRow | null> {
  const key = { pk: partitionFor(place, eventId), sk: planSort(eventId) };
  const item = await readItem(dynamo, "events", key);
  return item === null ? null : planRow(item);
}

export async function countPlan(dynamo: Dynamo, projectId: string, eventId: string): Promise<number> {
  const place = await dynamo.places.find(projectId);
  const plan = place === null ? null : await findPlan(dynamo, place, eventId);
  if (place === null || plan === null) return 0;
  const isThere = (await findEvents(dynamo, place, { ids: [eventId], now: 0 })).has(eventId);
  if (!isThere) return 0;
  const rows = await deliveriesOfEvent(dynamo, { projectId, pk: plan.pk, eventId });
  const made = new Set(
    rows.filter(({ delivery }) => delivery.cause === "live").map(({ delivery }) => delivery.subscriptionId),
  );
  return plan.entries.slice(plan.next).filter(({ subscriptionId }) => !made.has(subscriptionId)).length;
}

/** Open plans by event, which is the order of acceptance; of those whose project is closed or whose event never came nothing is told. */
export async function listPlans(dynamo: Dynamo, limit: number): ReturnType<EventStore["listPlans"]> {
  const sources = Array.from({ length: PLAN_SHARDS }, (_, shard) =>
    readRows(dynamo, {
      table: "events",
      index: WORK_INDEX,
      hash: planHash(shard),
      from: "0",
      to: lastOf("f"),
      limit,
    }),
  );
  const plans: PlanRef[] = [];
  for await (const item of mergeRows(sources, { by: "ws" })) {
    const [eventId = "", projectId = ""] = (textOf(item, "ws") ?? "").split("#");
    if (await isOpenPlan(dynamo, { projectId, eventId })) plans.push({ projectId, eventId });
    if (plans.length >= limit) break;
  }
  return plans;
}

async function isOpenPlan(dynamo: Dynamo, { projectId, eventId }: PlanRef): Promise<boolean> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return false;
  const kind = (await findEventPlaces(dynamo, place, [eventId])).get(eventId)?.kind ?? "nothing";
  if (kind === "event") return (await findPlan(dynamo, place, eventId)) !== null;
  const isYoung = kind === "nothing" && dynamo.storeTime() - timeOfId(eventId) < ABANDONED_MS;
  if (isYoung) return false;
  if (kind === "nothing" && !(await fenceEvent(dynamo, place, { eventId, until: dynamo.storeTime() })))
    return true;
  await endPlan(dynamo, { projectId, pk: partitionFor(place, eventId), eventId });
  return false;
}
