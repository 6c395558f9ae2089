import { isUuid } from "../../domain/ids.ts";
import type { EventStore } from "../event-store.ts";
import type { Database } from "./open-database.ts";
import { lockWholeEvents, removeEvents } from "./remove-events.ts";

export async function deleteEvent(
  db: Database,
  ...[projectId, eventId, now]: Parameters<EventStore["deleteEvent"]>
): Promise<"deleted" | "not_found"> {
  if (!isUuid(eventId)) return "not_found";
  return db.transact(async (tx) => {
    const ids = await lockWholeEvents(tx, projectId, { ids: [eventId], now });
    await removeEvents(tx, projectId, ids);
    return ids.length > 0 ? "deleted" : "not_found";
  });
}
