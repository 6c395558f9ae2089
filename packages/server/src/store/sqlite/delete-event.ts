import { uuidBytes } from "../../domain/ids.ts";
import type { EventStore } from "../event-store.ts";
import { readEventHead } from "./event-heads.ts";
import type { Database } from "./open-database.ts";
import { removeEvent } from "./remove-event.ts";

export function deleteEvent(
  db: Database,
  ...[projectId, eventId, now]: Parameters<EventStore["deleteEvent"]>
): "deleted" | "not_found" {
  const project = db.projectNumber(projectId);
  if (project === null) return "not_found";
  const event = uuidBytes(eventId);
  if (readEventHead(db, { project, event, now }) === null) return "not_found";
  removeEvent(db, project, event);
  return "deleted";
}
