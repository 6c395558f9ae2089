import type { DeliveryStore } from "../delivery-store.ts";
import { command, findRow } from "./rows.ts";
import type { Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["cancelDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["cancelDelivery"]>>;

export function cancelDelivery(tables: Tables, { projectId, key, reason, now }: Request): Outcome {
  const project = tables.projects.get(projectId);
  const row = findRow(project, key, now);
  if (project === undefined || row === null) return { outcome: "not_found" };
  const result = command(project, row, { kind: "cancel", reason }, now);
  if (result.outcome !== "changed") return { outcome: "refused" };
  return { outcome: "cancelled", delivery: result.delivery };
}
