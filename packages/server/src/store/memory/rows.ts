import type { DeliveryCommand, Transition } from "../../domain/delivery.ts";
import { transition } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import { type NewDelivery, newDelivery } from "../../domain/new-delivery.ts";
import { changeRow, liftRow, makeQueue, putRow, type Queue, type Row } from "./queue.ts";
import type { EventRow, OrderingKey, ProjectTable, Tables } from "./tables.ts";

/** Adds a delivery to an event. The caller has seen that it is absent. */
export function insertDelivery(project: ProjectTable, stored: EventRow, made: NewDelivery): void {
  const delivery = Object.freeze(newDelivery(stored.event, made));
  const queue = queueOf(project, made.subscriptionId);
  const row: Row = { queue, delivery, findableAt: null, attempts: [] };
  stored.deliveries.set(rowName(made), row);
  putRow(row);
}

/** The name of a delivery within its event. */
export function rowName(key: Omit<DeliveryKey, "eventId">): string {
  return `${key.subscriptionId}/${key.cause}`;
}

/** The event, if it is there and not past its last date. */
export function findEvent(project: ProjectTable | undefined, id: string, now: number): EventRow | null {
  const stored = project?.events.get(id);
  return stored === undefined || stored.event.expiresAt <= now ? null : stored;
}

/** The delivery, if its event is there and not past its last date. */
export function findRow(project: ProjectTable | undefined, key: DeliveryKey, now: number): Row | null {
  return findEvent(project, key.eventId, now)?.deliveries.get(rowName(key)) ?? null;
}

/** Applies one command to a row; what changes is stored, with its lane. */
export function applyCommand(row: Row, command: DeliveryCommand, now: number): Transition {
  const result = transition(row.delivery, command, now);
  if (result.outcome === "changed") changeRow(row, result.delivery);
  return result;
}

export function queueOf(project: ProjectTable, subscriptionId: string): Queue {
  const known = project.queues.get(subscriptionId);
  if (known !== undefined) return known;
  const queue = makeQueue();
  project.queues.set(subscriptionId, queue);
  return queue;
}

export function removeDelivery(project: ProjectTable, row: Row): void {
  liftRow(row);
  project.events.get(row.delivery.eventId)?.deliveries.delete(rowName(row.delivery));
}

/** Removes an event with its deliveries, their attempts and lane places, and its plan. */
export function removeEvent(tables: Tables, project: ProjectTable, stored: EventRow): void {
  for (const row of stored.deliveries.values()) liftRow(row);
  endPlan(tables, project, stored);
  project.events.delete(stored.event.id);
  project.eventsById.remove(stored);
  project.feed.remove(stored);
}

/** Nothing of the plan is left: the next plan of its ordering key may go on. */
export function endPlan(tables: Tables, project: ProjectTable, stored: EventRow): void {
  stored.plan = null;
  tables.plans.delete(stored.event.id);
  if (stored.event.orderingKeyIndex !== null)
    project.orderingKeys.get(stored.event.orderingKeyIndex)?.plans.delete(stored.event.id);
}

/** Takes the next position of an ordering key. */
export function takePosition(project: ProjectTable, keyIndex: string, now: number): OrderingKey {
  const key = project.orderingKeys.get(keyIndex) ?? { position: 0, usedAt: 0, plans: new Set() };
  project.orderingKeys.set(keyIndex, key);
  key.position += 1;
  key.usedAt = Math.max(key.usedAt, now);
  return key;
}
