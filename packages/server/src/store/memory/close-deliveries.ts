import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand } from "./rows.ts";
import type { Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["closeDeliveries"]>[0];

export function closeDeliveries(tables: Tables, request: Request): number {
  const queue = tables.projects.get(request.projectId)?.queues.get(request.subscriptionId);
  if (queue === undefined) return 0;
  let closed = 0;
  for (const rows of [queue.pending, queue.leased])
    for (const row of rows) {
      if (closed >= request.limit) return closed;
      applyCommand(row, request.command, request.now);
      closed += 1;
    }
  return closed;
}
