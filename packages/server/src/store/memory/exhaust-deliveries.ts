import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand } from "./rows.ts";
import type { ProjectTable, Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["exhaustDeliveries"]>[0];

export function exhaustDeliveries(tables: Tables, request: Request): Delivery[] {
  const buried: Delivery[] = [];
  for (const project of tables.projects.values()) exhaustIn(project, request, buried);
  return buried;
}

function exhaustIn(project: ProjectTable, { now, limit }: Request, buried: Delivery[]): void {
  for (const [subscriptionId, { leased }] of project.queues) {
    const maxAttempts = project.subscriptions.get(subscriptionId)?.maxAttempts;
    if (maxAttempts === undefined) continue;
    for (const row of leased) {
      if (buried.length >= limit) return;
      const result = applyCommand(row, { kind: "exhaust", maxAttempts }, now);
      if (result.outcome === "changed") buried.push(result.delivery);
    }
  }
}
