import { rankOf } from "../../domain/priority.ts";
import type { EventStore, ExpandOutcome, PlannedDelivery } from "../event-store.ts";
import { type EventHead, lockEvents } from "./event-heads.ts";
import { headsBefore, insertDeliveries, type NewDelivery } from "./insert-deliveries.ts";
import { lockKeys } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { placeIn } from "./place-in-lanes.ts";
import { endPlan, firstPlanOfKey, lockPlan, type Plan, readEntries, readPlan, takeEntries } from "./plans.ts";
import type { Transaction } from "./session.ts";
import { wantedAmong } from "./wanted-deliveries.ts";

type Request = Parameters<EventStore["expandPlan"]>[0];

const NO_PLAN: ExpandOutcome = { outcome: "no_plan" };

export async function expandPlan(db: Database, request: Request): Promise<ExpandOutcome> {
  const { projectId, eventId } = request;
  const found = await readPlan(db, projectId, eventId);
  if (found === null) return NO_PLAN;
  return db.transact(async (tx) => {
    const key = found.orderingKeyIndex;
    if (key !== null) await lockKeys(tx, projectId, [key]);
    const plan = await lockPlan(tx, projectId, eventId);
    const head = (await lockEvents(tx, projectId, { ids: [eventId], now: request.now })).get(eventId);
    if (plan === null || head === undefined) return NO_PLAN;
    const first = key === null ? null : await firstPlanOfKey(tx, projectId, key);
    if (first !== null && first !== eventId) return { outcome: "behind", eventId: first };
    return expandEntries(tx, { plan, head }, request);
  });
}

interface Expansion {
  readonly plan: Plan;
  readonly head: EventHead;
}

async function expandEntries(
  tx: Transaction,
  { plan, head }: Expansion,
  request: Request,
): Promise<ExpandOutcome> {
  const { projectId, limit, now } = request;
  const made: NewDelivery[] = [];
  let { taken } = plan;
  while (taken < plan.size && made.length < limit) {
    // So many entries at most are still wanted; those that make nothing leave room for another round.
    const entries = await readEntries(tx, request, { from: taken, limit: limit - made.length });
    const fresh = entries.map((entry) => newDelivery(entry, { plan, head }, request));
    made.push(...(await wantedAmong(tx, projectId, { keys: fresh, now })));
    taken += entries.length;
  }
  const heads = await headsBefore(tx, projectId, made);
  insertDeliveries(tx, projectId, { deliveries: made, heads });
  const isComplete = taken >= plan.size;
  if (isComplete) endPlan(tx, request);
  else takeEntries(tx, request, taken);
  const subscriptionIds = made.map(({ subscriptionId }) => subscriptionId);
  return { outcome: "expanded", subscriptionIds, isComplete };
}

function newDelivery(
  { subscriptionId, ordered, parks }: PlannedDelivery,
  { plan, head }: Expansion,
  { eventId, now }: Request,
): NewDelivery {
  const { priority, bytes, expiresAt, orderingKeyIndex, position } = head;
  return {
    ...{ eventId, subscriptionId, cause: "live", rank: rankOf(priority, false), dueAt: plan.dueAt },
    ...{ bytes, createdAt: now, expiresAt },
    lane: placeIn({ ordered, parks }, orderingKeyIndex, position),
  };
}
