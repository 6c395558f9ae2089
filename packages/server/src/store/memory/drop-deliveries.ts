import type { DeliveryKey } from "../../domain/ids.ts";
import { findEvent, removeDelivery, rowName } from "./rows.ts";
import type { Tables } from "./tables.ts";

/** Here a removed event takes its deliveries with it; what is left to drop are those of events past their last date. */
export function dropDeliveries(
  tables: Tables,
  request: { readonly projectId: string; readonly keys: readonly DeliveryKey[]; readonly now: number },
): void {
  const project = tables.projects.get(request.projectId);
  for (const key of request.keys) {
    const row = project?.events.get(key.eventId)?.deliveries.get(rowName(key));
    if (project === undefined || row === undefined) continue;
    if (findEvent(project, key.eventId, request.now) === null) removeDelivery(project, row);
  }
}
