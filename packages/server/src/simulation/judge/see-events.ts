import type { AddedDelivery } from "../../store/delivery-store.ts";
import type { EventRecord, ExpandOutcome, RecordOutcome } from "../../store/event-store.ts";
import {
  addDelivery,
  type EventFact,
  type Facts,
  findDelivery,
  listOf,
  nextPlace,
  removeEvent,
  takesDeliveries,
} from "./facts.ts";

/** Events were recorded. */
export function seeRecords(
  facts: Facts,
  records: readonly EventRecord[],
  outcomes: readonly RecordOutcome[],
): void {
  for (const [index, record] of records.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) facts.world.fail("nothing breaks", "a record has no outcome");
    else seeRecord(facts, record, outcome);
  }
}

function seeRecord(
  facts: Facts,
  { event, idempotency, ...record }: EventRecord,
  outcome: RecordOutcome,
): void {
  const { projectId, id, orderingKeyIndex } = event;
  const name = idempotency === null ? null : `${projectId} ${idempotency.kind} ${idempotency.keyIndex}`;
  const first = name === null ? undefined : facts.idempotency.get(name);
  if (outcome.outcome === "replayed" && outcome.eventId !== first)
    facts.world.fail("one event per idempotency key", `${outcome.eventId} is named for ${first}`);
  if (outcome.outcome !== "created") return;
  if (first !== undefined)
    facts.world.fail("one event per idempotency key", `${id} was stored beside ${first}`);
  if (name !== null) facts.idempotency.set(name, id);
  const line = orderingKeyIndex === null ? null : `${projectId} ${orderingKeyIndex}`;
  const place = line === null ? 0 : nextPlace(facts, line);
  const plan = outcome.isPlanned ? record.plan : null;
  const fact: EventFact = {
    projectId,
    id,
    line,
    place,
    dueAt: record.dueAt,
    isPlanned: plan !== null,
    plan,
    isGone: false,
  };
  facts.events.set(id, fact);
  listOf(facts.feeds, projectId).push(fact);
  if (plan !== null) return;
  for (const { subscriptionId, ordered, parks } of record.plan) {
    const key = { eventId: id, subscriptionId, cause: "live" };
    addDelivery(facts, fact, { key, dueAt: record.dueAt, ordered, parks, place: null });
  }
}

/** A step of a plan was expanded. */
export function seeExpand(
  facts: Facts,
  { eventId, now }: { readonly eventId: string; readonly now: number },
  outcome: ExpandOutcome,
): void {
  const event = facts.events.get(eventId);
  if (outcome.outcome !== "expanded" || event === undefined) return;
  for (const subscriptionId of outcome.subscriptionIds) {
    const key = { eventId, subscriptionId, cause: "live" };
    const entry = event.plan?.find((one) => one.subscriptionId === subscriptionId);
    if (entry === undefined || findDelivery(facts, key) !== undefined) {
      facts.world.fail("every event has exactly its deliveries", `${eventId} was expanded twice or wrongly`);
      return;
    }
    const { ordered, parks } = entry;
    addDelivery(facts, event, { key, dueAt: event.dueAt, ordered, parks, place: null });
  }
  if (!outcome.isComplete) return;
  const missing = event.plan?.find(
    ({ subscriptionId }) =>
      takesDeliveries(facts, subscriptionId, now) &&
      findDelivery(facts, { eventId, subscriptionId, cause: "live" }) === undefined,
  );
  if (missing !== undefined)
    facts.world.fail("every event has exactly its deliveries", `${eventId} lacks ${missing.subscriptionId}`);
  event.plan = null;
}

/** Deliveries of stored events were added: by a back-fill or a replay. */
export function seeAdded(facts: Facts, added: readonly AddedDelivery[], now: number): number {
  let count = 0;
  for (const { dueAt, ordered, parks, takesNewPosition, ...key } of added) {
    const event = facts.events.get(key.eventId);
    if (event === undefined || event.isGone || findDelivery(facts, key) !== undefined) continue;
    if (!takesDeliveries(facts, key.subscriptionId, now)) continue;
    const isMoved = takesNewPosition && ordered && event.line !== null;
    const place = isMoved ? nextPlace(facts, event.line) : null;
    addDelivery(facts, event, { key, dueAt, ordered, parks, place });
    count += 1;
  }
  return count;
}

export function seeDeleted(facts: Facts, eventId: string): void {
  const event = facts.events.get(eventId);
  if (event !== undefined) removeEvent(facts, event);
}
