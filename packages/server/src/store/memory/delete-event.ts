import { findEvent, removeEvent } from "./rows.ts";
import type { Tables } from "./tables.ts";

export function deleteEvent(
  tables: Tables,
  request: { readonly projectId: string; readonly eventId: string; readonly now: number },
): "deleted" | "not_found" {
  const project = tables.projects.get(request.projectId);
  const stored = findEvent(project, request.eventId, request.now);
  if (project === undefined || stored === null) return "not_found";
  removeEvent(tables, project, stored);
  return "deleted";
}
