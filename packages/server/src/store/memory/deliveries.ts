import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryListRequest, DeliveryStore, DeliveryView } from "../delivery-store.ts";
import { nextFindable } from "./lease-deliveries.ts";
import { listWaiting } from "./list-waiting.ts";
import { compareKeys, isBlocked, type Row } from "./queue.ts";
import { rowName } from "./rows.ts";
import type { ProjectTable, Tables } from "./tables.ts";

const COUNT_LIMIT = 10_000;
const SCAN_LIMIT = 5_000;

type Plain = Pick<
  DeliveryStore,
  | "readDelivery"
  | "listDeliveries"
  | "readDeliveriesOfEvents"
  | "listWaiting"
  | "nextDueAt"
  | "countDeliveries"
  | "readAttempts"
>;

export function makeDeliveries(tables: Tables): Plain {
  const rowOf: (...key: Parameters<DeliveryStore["readDelivery"]>) => Row | undefined = (projectId, key) =>
    tables.projects.get(projectId)?.events.get(key.eventId)?.deliveries.get(rowName(key));
  return {
    readDelivery: async (projectId, key) => {
      const row = rowOf(projectId, key);
      return row === undefined ? null : viewOf(row);
    },
    listDeliveries: async (request) => listDeliveries(tables, request),
    readDeliveriesOfEvents: async (projectId, eventIds) =>
      eventIds.flatMap((id) => deliveriesOf(tables.projects.get(projectId), id)),
    listWaiting: async (request) => listWaiting(tables, request),
    nextDueAt: async (subscriptions) =>
      subscriptions.map(({ projectId, subscriptionId }) => {
        const project = tables.projects.get(projectId);
        const queue = project?.queues.get(subscriptionId);
        return queue === undefined ? null : nextFindable(queue, project?.subscriptions.get(subscriptionId));
      }),
    countDeliveries: async (projectId, subscriptionId, state) => {
      const size = tables.projects.get(projectId)?.queues.get(subscriptionId)?.[state].size ?? 0;
      return { count: Math.min(size, COUNT_LIMIT), more: size > COUNT_LIMIT };
    },
    readAttempts: async (projectId, key) => [...(rowOf(projectId, key)?.attempts ?? [])],
  };
}

function viewOf(row: Row): DeliveryView {
  return { delivery: row.delivery, isBlocked: isBlocked(row) };
}

function deliveriesOf(project: ProjectTable | undefined, eventId: string): Delivery[] {
  return [...(project?.events.get(eventId)?.deliveries.values() ?? [])].map(({ delivery }) => delivery);
}

type Page = Awaited<ReturnType<DeliveryStore["listDeliveries"]>>;

function listDeliveries(tables: Tables, request: DeliveryListRequest): Page {
  const project = tables.projects.get(request.projectId);
  const views: DeliveryView[] = [];
  let looked = 0;
  if (project !== undefined)
    for (const row of rowsAfter(project, request)) {
      const isWanted = matches(row.delivery, request);
      if (isWanted) views.push(viewOf(row));
      if (views.length >= request.limit || ++looked >= SCAN_LIMIT) return { views, after: row.delivery };
    }
  return { views, after: null };
}

function* rowsAfter(project: ProjectTable, { after, eventId }: DeliveryListRequest): IterableIterator<Row> {
  const from = eventId ?? after?.eventId ?? "";
  for (const { event, deliveries } of project.eventsById.ascend((stored) => stored.event.id < from)) {
    if (eventId !== null && event.id !== eventId) return;
    for (const row of [...deliveries.values()].sort((a, b) => compareKeys(a.delivery, b.delivery)))
      if (after === null || compareKeys(row.delivery, after) > 0) yield row;
  }
}

function matches(delivery: Delivery, request: DeliveryListRequest): boolean {
  const { subscriptionId, state, createdFrom, createdTo, now } = request;
  return (
    (subscriptionId === null || delivery.subscriptionId === subscriptionId) &&
    (state === null || delivery.state === state) &&
    (createdFrom === null || delivery.createdAt >= createdFrom) &&
    (createdTo === null || delivery.createdAt < createdTo) &&
    delivery.expiresAt > now
  );
}
