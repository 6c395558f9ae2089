import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command, findRow } from "./queue.ts";
import { rowKey } from "./rows.ts";

type Request = Parameters<DeliveryStore["cancelDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["cancelDelivery"]>>;

export function cancelDelivery(db: Database, { projectId, key, reason, now }: Request): Outcome {
  const number = db.projectNumber(projectId);
  if (number === null) return { outcome: "not_found" };
  const row = findRow(db, { id: projectId, number }, { key: rowKey(number, key), now });
  if (row === null) return { outcome: "not_found" };
  const result = command(db, row, { wanted: { kind: "cancel", reason }, now });
  if (result.outcome !== "changed") return { outcome: "refused" };
  return { outcome: "cancelled", delivery: result.delivery };
}
