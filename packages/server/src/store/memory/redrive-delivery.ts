import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import { takesDeliveries } from "./expand-plan.ts";
import { changeRow } from "./queue.ts";
import { applyCommand, findRow, takePosition } from "./rows.ts";
import type { ProjectTable, Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["redriveDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["redriveDelivery"]>>;

export function redriveDelivery(tables: Tables, { projectId, key, now }: Request): Outcome {
  const project = tables.projects.get(projectId);
  const row = findRow(project, key, now);
  if (project === undefined || row === null) return { outcome: "not_found" };
  if (!takesDeliveries(project, key.subscriptionId, now) || row.delivery.state !== "dead")
    return { outcome: "refused" };
  const moved = atEndOfKey(project, row.delivery, now);
  if (moved !== null) changeRow(row, moved);
  const result = applyCommand(row, { kind: "redrive" }, now);
  if (result.outcome !== "changed") return { outcome: "refused" };
  return { outcome: "redriven", delivery: result.delivery };
}

/** A dead delivery that let its lane go on comes back behind all others of its key; null if it keeps its place. */
function atEndOfKey(project: ProjectTable, delivery: Delivery, now: number): Delivery | null {
  const { lane } = delivery;
  if (lane === null || lane.parks) return null;
  return { ...delivery, lane: { ...lane, position: takePosition(project, lane.key, now).position } };
}
