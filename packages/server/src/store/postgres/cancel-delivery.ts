import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command, lockRows } from "./queue.ts";

type Request = Parameters<DeliveryStore["cancelDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["cancelDelivery"]>>;

export function cancelDelivery(db: Database, { projectId, key, reason, now }: Request): Promise<Outcome> {
  return db.transact(async (tx) => {
    const [row] = await lockRows(tx, projectId, [key]);
    if (row === undefined || row.delivery.expiresAt <= now) return { outcome: "not_found" };
    const orders = [{ row, wanted: { kind: "cancel", reason } as const }];
    const [result] = command(tx, projectId, { orders, now });
    if (result?.outcome !== "changed") return { outcome: "refused" };
    return { outcome: "cancelled", delivery: result.delivery };
  });
}
