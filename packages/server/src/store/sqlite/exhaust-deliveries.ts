import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command, readRow } from "./queue.ts";
import { operatorSql } from "./sql.ts";

type Request = Parameters<DeliveryStore["exhaustDeliveries"]>[0];

type FoundTuple = readonly [
  projectId: string,
  maxAttempts: number,
  project: number,
  event: Uint8Array,
  subscription: Uint8Array,
  cause: Uint8Array,
];

const READ = operatorSql<FoundTuple>(`SELECT p.id, s.max_attempts, d.project, d.event, d.subscription, d.cause
  FROM deliveries AS d INDEXED BY deliveries_last
  JOIN projects AS p ON p.number = d.project AND p.deleted_at IS NULL
  JOIN subscriptions AS s ON s.project = d.project AND s.id = d.subscription
  WHERE d.is_last IS NOT NULL AND d.due_at <= ? LIMIT ? + 0`);

export function exhaustDeliveries(db: Database, { now, limit }: Request): Delivery[] {
  const buried: Delivery[] = [];
  for (const [id, maxAttempts, project, event, subscription, cause] of db.all(READ, now, limit)) {
    const row = readRow(db, { id, number: project }, { project, event, subscription, cause });
    if (row === null) continue;
    const result = command(db, row, { wanted: { kind: "exhaust", maxAttempts }, now });
    if (result.outcome === "changed") buried.push(result.delivery);
  }
  return buried;
}
