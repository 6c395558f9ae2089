import { stateAt } from "../../domain/subscription.ts";
import type { EventStore, ExpandOutcome } from "../event-store.ts";
import { livePlace } from "./record-events.ts";
import { endPlan, findEvent, insertDelivery, rowName } from "./rows.ts";
import type { EventRow, Plan, ProjectTable, Tables } from "./tables.ts";

type Request = Parameters<EventStore["expandPlan"]>[0];

export function expandPlan(tables: Tables, request: Request): ExpandOutcome {
  const project = tables.projects.get(request.projectId);
  const stored = findEvent(project, request.eventId, request.now);
  const plan = stored?.plan ?? null;
  if (project === undefined || stored === null || plan === null) return { outcome: "no_plan" };
  const first = firstPlanOfKey(project, stored);
  if (first !== stored.event.id) return { outcome: "behind", eventId: first };
  const subscriptionIds = expandEntries({ project, stored, plan }, request);
  const isComplete = plan.next >= plan.entries.length;
  if (isComplete) endPlan(tables, project, stored);
  return { outcome: "expanded", subscriptionIds, isComplete };
}

function firstPlanOfKey(project: ProjectTable, { event }: EventRow): string {
  const key = event.orderingKeyIndex === null ? undefined : project.orderingKeys.get(event.orderingKeyIndex);
  const [first] = key?.plans ?? [];
  return first ?? event.id;
}

interface Expansion {
  readonly project: ProjectTable;
  readonly stored: EventRow;
  readonly plan: Plan;
}

function expandEntries({ project, stored, plan }: Expansion, { limit, now }: Request): string[] {
  const made: string[] = [];
  while (plan.next < plan.entries.length && made.length < limit) {
    const entry = plan.entries[plan.next++];
    if (entry === undefined || !takesDeliveries(project, entry.subscriptionId, now)) continue;
    const place = livePlace(stored, entry);
    if (stored.deliveries.has(rowName(place))) continue;
    insertDelivery(project, stored, { ...place, dueAt: plan.dueAt, createdAt: now });
    made.push(entry.subscriptionId);
  }
  return made;
}

/** True while a subscription has neither ended nor been deleted. */
export function takesDeliveries(project: ProjectTable, subscriptionId: string, now: number): boolean {
  const subscription = project.subscriptions.get(subscriptionId);
  if (subscription === undefined) return false;
  const state = stateAt(subscription, now);
  return state !== "ended" && state !== "deleted";
}
