import type { EventStore } from "../event-store.ts";
import { readEventHead } from "./event-heads.ts";
import type { Database } from "./open-database.ts";
import { removeEvent } from "./remove-event.ts";
import { idBytes } from "./rows.ts";

export function deleteEvent(
  db: Database,
  ...[projectId, eventId, now]: Parameters<EventStore["deleteEvent"]>
): "deleted" | "not_found" {
  const project = db.projectNumber(projectId);
  if (project === null) return "not_found";
  const event = idBytes(eventId);
  if (readEventHead(db, { project, event, now }) === null) return "not_found";
  removeEvent(db, project, event);
  return "deleted";
}
