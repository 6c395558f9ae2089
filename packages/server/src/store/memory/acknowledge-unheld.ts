import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand, findEvent } from "./rows.ts";
import type { Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["acknowledgeUnheld"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["acknowledgeUnheld"]>>;

export function acknowledgeUnheld(tables: Tables, request: Request): Outcome {
  const { projectId, eventId, subscriptionId, now } = request;
  const stored = findEvent(tables.projects.get(projectId), eventId, now);
  if (stored === null) return "not_found";
  const rows = [...stored.deliveries.values()].filter(
    (row) => row.delivery.subscriptionId === subscriptionId,
  );
  const outcomes = rows.map((row) => applyCommand(row, { kind: "acknowledge_unheld" }, now).outcome);
  if (outcomes.includes("changed")) return "acknowledged";
  if (outcomes.includes("held")) return "held";
  if (outcomes.includes("already_acknowledged")) return "already_acknowledged";
  return rows.some(({ delivery }) => delivery.state === "dead") ? "dead" : "not_found";
}
