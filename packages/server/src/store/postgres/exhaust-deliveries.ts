import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command, lockRows } from "./queue.ts";
import { causeOf, keyText } from "./rows.ts";
import { operatorSql } from "./sql.ts";

type Request = Parameters<DeliveryStore["exhaustDeliveries"]>[0];

type FoundTuple = readonly [
  projectId: string,
  maxAttempts: number,
  event: string,
  subscription: string,
  cause: string,
];

/** Questions to other tables, not joins: those are planned to begin with the other table. */
const READ = operatorSql<FoundTuple>(`SELECT (SELECT p.id FROM projects AS p WHERE p.number = d.project),
    coalesce((SELECT s.max_attempts FROM subscriptions AS s WHERE s.project = d.project AND s.id = d.subscription), 0),
    d.event, d.subscription, d.cause
  FROM deliveries_open AS d WHERE d.is_last AND d.due_at <= $1
  AND (SELECT p.deleted_at IS NULL FROM projects AS p WHERE p.number = d.project) ORDER BY d.due_at LIMIT $2`);

export async function exhaustDeliveries(db: Database, { now, limit }: Request): Promise<Delivery[]> {
  const found = (await db.all(READ, now, limit)).map(
    ([projectId, maxAttempts, eventId, subscriptionId, cause]) => {
      return { projectId, maxAttempts, eventId, subscriptionId, cause: causeOf(cause) };
    },
  );
  const buried: Delivery[] = [];
  for (const [projectId, ofProject] of Map.groupBy(found, (one) => one.projectId))
    buried.push(...(await exhaustIn(db, projectId, { found: ofProject, now })));
  return buried;
}

interface Exhausted extends DeliveryKey {
  readonly maxAttempts: number;
}

function exhaustIn(
  db: Database,
  projectId: string,
  { found, now }: { readonly found: readonly Exhausted[]; readonly now: number },
): Promise<Delivery[]> {
  const maxAttempts = new Map(found.map((one) => [keyText(one), one.maxAttempts]));
  return db.sweep(async (tx) => {
    const rows = await lockRows(tx, projectId, found);
    const orders = rows.map((row) => {
      return {
        row,
        wanted: { kind: "exhaust", maxAttempts: maxAttempts.get(keyText(row.delivery)) ?? 0 } as const,
      };
    });
    const results = command(tx, projectId, { orders, now });
    return results.flatMap((result) => (result.outcome === "changed" ? [result.delivery] : []));
  });
}
