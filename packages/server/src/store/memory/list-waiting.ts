import type { Delivery } from "../../domain/delivery.ts";
import { stateAt } from "../../domain/subscription.ts";
import type { WaitingRequest } from "../delivery-store.ts";
import { waitsForCatchUp } from "./lease-deliveries.ts";
import { compareKeys, type Row } from "./queue.ts";
import { queueOf } from "./rows.ts";
import type { SortedList } from "./sorted-list.ts";
import type { Tables } from "./tables.ts";

export function listWaiting(tables: Tables, request: WaitingRequest): Delivery[] {
  const project = tables.projects.get(request.projectId);
  const subscription = project?.subscriptions.get(request.subscriptionId);
  if (project === undefined || subscription === undefined) return [];
  const state = stateAt(subscription, request.now);
  if (state === "ended" || state === "deleted") return [];
  const isWanted = (row: Row) =>
    row.delivery.expiresAt > request.now &&
    !waitsForCatchUp(row, subscription) &&
    isBehind(row.delivery, request);
  const found = queueOf(project, subscription.id).findable.flatMap((list) => take(list, request, isWanted));
  return found.sort(compareWaiting).slice(0, request.limit);
}

function take(
  list: SortedList<Row>,
  { after, now, limit }: WaitingRequest,
  isWanted: (row: Row) => boolean,
): Delivery[] {
  const from = after?.dueAt ?? Number.NEGATIVE_INFINITY;
  const taken: Delivery[] = [];
  for (const row of list.ascend((other) => (other.findableAt ?? 0) < from)) {
    if (taken.length >= limit || (row.findableAt ?? 0) > now) break;
    if (isWanted(row)) taken.push(row.delivery);
  }
  return taken;
}

function isBehind(delivery: Delivery, { after }: WaitingRequest): boolean {
  return after === null || (delivery.dueAt - after.dueAt || compareKeys(delivery, after.key)) > 0;
}

function compareWaiting(a: Delivery, b: Delivery): number {
  return a.dueAt - b.dueAt || compareKeys(a, b);
}
