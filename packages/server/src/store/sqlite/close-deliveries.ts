import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command } from "./queue.ts";
import { DELIVERY_COLUMNS, type DeliveryTuple, idBytes, rowOf } from "./rows.ts";
import { sql } from "./sql.ts";

type Request = Parameters<DeliveryStore["closeDeliveries"]>[0];

const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries INDEXED BY deliveries_open
  WHERE project = ? AND subscription = ? AND shelf IS NOT NULL LIMIT ? + 0`);

export function closeDeliveries(db: Database, request: Request): number {
  const { projectId, subscriptionId, limit, now } = request;
  const number = db.projectNumber(projectId);
  if (number === null) return 0;
  const tuples = db.all(READ, number, idBytes(subscriptionId), limit);
  for (const tuple of tuples)
    command(db, rowOf({ id: projectId, number }, tuple), { wanted: request.command, now });
  return tuples.length;
}
