import { isOpen } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command, lockRows } from "./queue.ts";
import { causeOf, idValue } from "./rows.ts";
import type { Session } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";

type Request = Parameters<DeliveryStore["closeDeliveries"]>[0];

const READ = sql<readonly [event: string, cause: string]>(`SELECT d.event, d.cause FROM deliveries_open AS d
  WHERE d.project = ${PROJECT} AND d.subscription = $2 AND d.shelf IS NOT NULL LIMIT $3`);

/** What others settle meanwhile is theirs; as long as something open is found, something is closed. */
export async function closeDeliveries(db: Database, request: Request): Promise<number> {
  for (;;) {
    const keys = await readOpen(db, request);
    if (keys.length === 0) return 0;
    const closed = await db.sweep(async (tx) => {
      const rows = await lockRows(tx, request.projectId, keys);
      const open = rows.filter(({ delivery }) => isOpen(delivery.state));
      const orders = open.map((row) => ({ row, wanted: request.command }));
      command(tx, request.projectId, { orders, now: request.now });
      return open.length;
    });
    if (closed > 0) return closed;
  }
}

async function readOpen(db: Session, { projectId, subscriptionId, limit }: Request): Promise<DeliveryKey[]> {
  const found = await db.all(READ, projectId, idValue(subscriptionId), limit);
  return found.map(([eventId, cause]) => ({ eventId, subscriptionId, cause: causeOf(cause) }));
}
