import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand, findRow } from "./rows.ts";
import type { Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["cancelDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["cancelDelivery"]>>;

export function cancelDelivery(tables: Tables, { projectId, key, reason, now }: Request): Outcome {
  const row = findRow(tables.projects.get(projectId), key, now);
  if (row === null) return { outcome: "not_found" };
  const result = applyCommand(row, { kind: "cancel", reason }, now);
  if (result.outcome !== "changed") return { outcome: "refused" };
  return { outcome: "cancelled", delivery: result.delivery };
}
