import { isOpen } from "../../domain/delivery.ts";
import { timeOfId } from "../../domain/ids.ts";
import type { ExpireOutcome, ExpireRequest } from "../event-store.ts";
import { applyCommand, removeEvent } from "./rows.ts";
import type { EventRow, ProjectTable, Tables } from "./tables.ts";

type Expired = ExpireOutcome["expired"][number];

export function expireEvents(tables: Tables, request: ExpireRequest): ExpireOutcome {
  const project = tables.projects.get(request.projectId);
  if (project === undefined) return { removed: 0, expired: [], nextId: null };
  const rows = eventsToLookAt(project, request);
  const expired: Expired[] = [];
  let removed = 0;
  for (const stored of rows)
    if (isOver(stored, request)) {
      removeEvent(tables, project, stored);
      project.expiredN = Math.max(project.expiredN, stored.n);
      removed += 1;
    } else expired.push(...giveUp(stored, request));
  const nextId = rows.length < request.limit ? null : (rows.at(-1)?.event.id ?? null);
  return { removed, expired, nextId };
}

function eventsToLookAt(project: ProjectTable, request: ExpireRequest): EventRow[] {
  const before = Math.max(request.settledBefore, request.backlogBefore, request.goneBefore);
  const rows: EventRow[] = [];
  for (const stored of project.eventsById.ascend(({ event }) => event.id <= (request.afterId ?? ""))) {
    if (rows.length >= request.limit || timeOfId(stored.event.id) >= before) break;
    rows.push(stored);
  }
  return rows;
}

function isOver(stored: EventRow, { goneBefore, settledBefore }: ExpireRequest): boolean {
  const at = timeOfId(stored.event.id);
  return at < goneBefore || (at < settledBefore && stored.plan === null && !hasOpenOrDead(stored));
}

function hasOpenOrDead({ deliveries }: EventRow): boolean {
  for (const { delivery } of deliveries.values())
    if (isOpen(delivery.state) || delivery.state === "dead") return true;
  return false;
}

function giveUp(stored: EventRow, { now, backlogBefore }: ExpireRequest): Expired[] {
  const { id: eventId } = stored.event;
  if (timeOfId(eventId) >= backlogBefore) return [];
  const expired: Expired[] = [];
  for (const row of stored.deliveries.values())
    if (applyCommand(row, { kind: "give_up", reason: "expired" }, now).outcome === "changed")
      expired.push({ subscriptionId: row.delivery.subscriptionId, eventId });
  return expired;
}
