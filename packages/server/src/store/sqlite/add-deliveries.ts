import { rankOf } from "../../domain/priority.ts";
import type { AddedDelivery, DeliveryStore } from "../delivery-store.ts";
import { readEventHead } from "./event-heads.ts";
import type { Database } from "./open-database.ts";
import { takePosition } from "./ordering-keys.ts";
import { insertDelivery, readRow } from "./queue.ts";
import { placeIn } from "./record-events.ts";
import { type ProjectRef, rowKey } from "./rows.ts";
import { takesDeliveries } from "./subscription-rows.ts";

type Request = Parameters<DeliveryStore["addDeliveries"]>[0];

export function addDeliveries(db: Database, { projectId, deliveries, now }: Request): number {
  const number = db.projectNumber(projectId);
  if (number === null) return 0;
  const project = { id: projectId, number };
  return deliveries.filter((added) => addDelivery(db, project, { added, now })).length;
}

function addDelivery(
  db: Database,
  project: ProjectRef,
  { added, now }: { readonly added: AddedDelivery; readonly now: number },
): boolean {
  const key = rowKey(project.number, added);
  const head = readEventHead(db, { project: project.number, event: key.event, now });
  if (head === null || readRow(db, project, key) !== null) return false;
  if (!takesDeliveries(db, project, { subscription: key.subscription, now })) return false;
  const { orderingKeyIndex: laneKey } = head;
  const moves = added.takesNewPosition && added.ordered && laneKey !== null;
  const position = moves
    ? takePosition(db, { project: project.number, key: laneKey, at: now })
    : head.position;
  return insertDelivery(db, key, {
    rank: rankOf(head.priority, false),
    dueAt: added.dueAt,
    bytes: head.bytes,
    createdAt: now,
    expiresAt: head.expiresAt,
    lane: placeIn(added, laneKey, position),
  });
}
