import { uuidText } from "../../domain/ids.ts";
import { rankOf } from "../../domain/priority.ts";
import type { EventStore, ExpandOutcome, PlannedDelivery } from "../event-store.ts";
import { type EventHead, readEventHead } from "./event-heads.ts";
import type { Database } from "./open-database.ts";
import { endPlan, firstPlanOfKey, type Plan, readEntries, readPlan, takeEntries } from "./plans.ts";
import { insertDelivery } from "./queue.ts";
import { placeIn } from "./record-events.ts";
import { causeBytes, idBytes } from "./rows.ts";
import { takesDeliveries } from "./subscription-rows.ts";

type Request = Parameters<EventStore["expandPlan"]>[0];

interface Expansion {
  readonly project: number;
  readonly projectId: string;
  readonly event: Uint8Array;
  readonly head: EventHead;
  readonly plan: Plan;
}

export function expandPlan(db: Database, request: Request): ExpandOutcome {
  const project = db.projectNumber(request.projectId);
  if (project === null) return { outcome: "no_plan" };
  const event = idBytes(request.eventId);
  const plan = readPlan(db, project, event);
  const head = readEventHead(db, { project, event, now: request.now });
  if (plan === null || head === null) return { outcome: "no_plan" };
  const { orderingKeyIndex: key } = plan;
  const first = key === null ? null : firstPlanOfKey(db, project, key);
  const firstId = first === null ? request.eventId : uuidText(first);
  if (firstId !== request.eventId) return { outcome: "behind", eventId: firstId };
  return expandEntries(db, { project, projectId: request.projectId, event, head, plan }, request);
}

function expandEntries(db: Database, expansion: Expansion, { limit, now }: Request): ExpandOutcome {
  const { project, event, plan } = expansion;
  const subscriptionIds: string[] = [];
  let { taken } = plan;
  while (taken < plan.size && subscriptionIds.length < limit) {
    // So many entries at most are still wanted; those that make nothing leave room for another round.
    const entries = readEntries(db, expansion, { from: taken, limit: limit - subscriptionIds.length });
    for (const entry of entries)
      if (expandEntry(db, expansion, { entry, now })) subscriptionIds.push(entry.subscriptionId);
    taken += entries.length;
  }
  const isComplete = taken >= plan.size;
  if (isComplete) endPlan(db, project, event);
  else takeEntries(db, expansion, taken);
  return { outcome: "expanded", subscriptionIds, isComplete };
}

const LIVE = causeBytes("live");

/** True if this made a delivery. */
function expandEntry(
  db: Database,
  { project, projectId, event, head, plan }: Expansion,
  { entry, now }: { readonly entry: PlannedDelivery; readonly now: number },
): boolean {
  const subscription = idBytes(entry.subscriptionId);
  if (!takesDeliveries(db, { id: projectId, number: project }, { subscription, now })) return false;
  return insertDelivery(
    db,
    { project, event, subscription, cause: LIVE },
    {
      rank: rankOf(head.priority, false),
      dueAt: plan.dueAt,
      bytes: head.bytes,
      createdAt: now,
      expiresAt: head.expiresAt,
      lane: placeIn(entry, head.orderingKeyIndex, head.position),
    },
  );
}
