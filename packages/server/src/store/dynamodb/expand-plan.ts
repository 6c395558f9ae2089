import type { EventStore, ExpandOutcome, PlannedDelivery } from "../event-store.ts";
import { pendingRow } from "./commit-events.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEvents } from "./find-events.ts";
import { insertInLane, insertPlain } from "./insert-delivery.ts";
import { planSort } from "./keys.ts";
import { firstPlanOf } from "./ordering-keys.ts";
import type { Place } from "./places.ts";
import type { PlanRow } from "./plan-rows.ts";
import { findPlan } from "./plans.ts";
import { endPlan, removeDelivery } from "./remove-event.ts";
import type { DeliveryRow, EventRow } from "./rows.ts";
import { takingDeliveries } from "./subscription-rows.ts";
import { updateItem } from "./write-items.ts";

type Request = Parameters<EventStore["expandPlan"]>[0];

export async function expandPlan(dynamo: Dynamo, request: Request): Promise<ExpandOutcome> {
  const { projectId, eventId, now } = request;
  const place = await dynamo.places.find(projectId);
  if (place === null) return { outcome: "no_plan" };
  const [plan, events] = await Promise.all([
    findPlan(dynamo, place, eventId),
    findEvents(dynamo, place, { ids: [eventId], now }),
  ]);
  const event = events.get(eventId);
  if (plan === null || event === undefined) return { outcome: "no_plan" };
  const first = plan.key === null ? null : await firstPlanOf(dynamo, projectId, plan.key);
  if (first !== null && first !== eventId) return { outcome: "behind", eventId: first };
  return expandEntries(dynamo, { place, plan, event }, request);
}

interface Expansion {
  readonly place: Place;
  readonly plan: PlanRow;
  readonly event: EventRow;
}

async function expandEntries(
  dynamo: Dynamo,
  expansion: Expansion,
  { limit, now }: Request,
): Promise<ExpandOutcome> {
  const { place, plan, event } = expansion;
  const made: DeliveryRow[] = [];
  let next = plan.next;
  while (next < plan.entries.length && made.length < limit) {
    const chunk = plan.entries.slice(next, next + limit - made.length);
    made.push(...(await makeDeliveries(dynamo, expansion, { chunk, now })));
    next += chunk.length;
  }
  const { projectId } = place;
  const eventId = event.event.id;
  if (!(await findEvents(dynamo, place, { ids: [eventId], now })).has(eventId)) {
    await inParallel(made, (row) => removeDelivery(dynamo, place, row));
    return { outcome: "no_plan" };
  }
  const isComplete = next >= plan.entries.length;
  if (isComplete) await endPlan(dynamo, { projectId, pk: plan.pk, eventId });
  else await noteProgress(dynamo, plan, next);
  return {
    outcome: "expanded",
    subscriptionIds: made.map(({ delivery }) => delivery.subscriptionId),
    isComplete,
  };
}

async function makeDeliveries(
  dynamo: Dynamo,
  { place, plan, event: { event, position } }: Expansion,
  { chunk, now }: { readonly chunk: readonly PlannedDelivery[]; readonly now: number },
): Promise<DeliveryRow[]> {
  const ids = chunk.map(({ subscriptionId }) => subscriptionId);
  const taking = await takingDeliveries(dynamo, place.projectId, { ids, now });
  const rows = chunk
    .filter(({ subscriptionId }) => taking.has(subscriptionId))
    .map((entry) =>
      pendingRow(dynamo, { pk: plan.pk, event, entry, position, dueAt: plan.dueAt, createdAt: now }),
    );
  const inserted = new Set<DeliveryRow>();
  const plain = rows.filter(({ delivery }) => delivery.lane === null);
  for (const [index, isNew] of (await insertPlain(dynamo, plain)).entries())
    if (isNew) inserted.add(plain[index] as DeliveryRow);
  await inParallel(rows, async (row) => {
    if (row.delivery.lane === null) return;
    if (await insertInLane(dynamo, place, { row, takesNewPosition: false, now })) inserted.add(row);
  });
  return rows.filter((row) => inserted.has(row));
}

/** Progress never goes back: steps of several nodes may overlap. */
async function noteProgress(dynamo: Dynamo, { pk, eventId }: PlanRow, next: number): Promise<void> {
  await updateItem(dynamo, "events", {
    key: { pk, sk: planSort(eventId) },
    set: "SET nx = :n",
    values: { n: next },
    condition: { expression: "attribute_exists(pk) AND nx < :n" },
  });
}
