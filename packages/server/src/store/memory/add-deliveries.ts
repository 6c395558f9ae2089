import type { LanePlace } from "../../domain/lane.ts";
import type { AddedDelivery, DeliveryStore } from "../delivery-store.ts";
import { takesDeliveries } from "./expand-plan.ts";
import { findEvent, insertDelivery, rowName, takePosition } from "./rows.ts";
import type { EventRow, ProjectTable, Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["addDeliveries"]>[0];

export function addDeliveries(tables: Tables, { projectId, deliveries, now }: Request): number {
  const project = tables.projects.get(projectId);
  if (project === undefined) return 0;
  return deliveries.filter((added) => addDelivery(project, added, now)).length;
}

function addDelivery(project: ProjectTable, added: AddedDelivery, now: number): boolean {
  const stored = findEvent(project, added.eventId, now);
  if (stored === null || stored.deliveries.has(rowName(added))) return false;
  if (!takesDeliveries(project, added.subscriptionId, now)) return false;
  const { subscriptionId, cause, dueAt } = added;
  const lane = placeOf(project, { stored, added, now });
  insertDelivery(project, stored, { subscriptionId, cause, dueAt, lane, createdAt: now });
  return true;
}

interface Addition {
  readonly stored: EventRow;
  readonly added: AddedDelivery;
  readonly now: number;
}

function placeOf(project: ProjectTable, { stored, added, now }: Addition): LanePlace | null {
  const key = stored.event.orderingKeyIndex;
  if (!added.ordered || key === null || stored.position === null) return null;
  const position = added.takesNewPosition ? takePosition(project, key, now).position : stored.position;
  return { key, position, parks: added.parks };
}
