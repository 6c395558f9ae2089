import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { lockRows, removeRows } from "./queue.ts";

/** Here a removed event takes its deliveries with it; what is left to drop are those of events past their last date. */
export function dropDeliveries(
  db: Database,
  ...[projectId, keys, now]: Parameters<DeliveryStore["dropDeliveries"]>
): Promise<void> {
  return db.transact(async (tx) => {
    const rows = await lockRows(tx, projectId, keys);
    removeRows(
      tx,
      projectId,
      rows.filter(({ delivery }) => delivery.expiresAt <= now),
    );
  });
}
