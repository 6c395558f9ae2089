import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { readRow, removeRow } from "./queue.ts";
import { rowKey } from "./rows.ts";

/** Here a removed event takes its deliveries with it; what is left to drop are those of events past their last date. */
export function dropDeliveries(
  db: Database,
  ...[projectId, keys, now]: Parameters<DeliveryStore["dropDeliveries"]>
): void {
  const number = db.projectNumber(projectId);
  if (number === null) return;
  for (const key of keys) {
    const row = readRow(db, { id: projectId, number }, rowKey(number, key));
    if (row !== null && row.delivery.expiresAt <= now) removeRow(db, row);
  }
}
