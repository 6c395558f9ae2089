import type { DeliveryStore } from "../delivery-store.ts";
import { takersAmong } from "./lean-subscriptions.ts";
import type { Database } from "./open-database.ts";
import { takePositions } from "./ordering-keys.ts";
import { command, lockRows, moveRow } from "./queue.ts";
import type { Row } from "./rows.ts";
import type { Transaction } from "./session.ts";

type Request = Parameters<DeliveryStore["redriveDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["redriveDelivery"]>>;

export function redriveDelivery(db: Database, request: Request): Promise<Outcome> {
  const { projectId, key, now } = request;
  return db.transact(async (tx) => {
    const [row] = await lockRows(tx, projectId, [key]);
    if (row === undefined || row.delivery.expiresAt <= now) return { outcome: "not_found" };
    const takers = await takersAmong(tx, projectId, { ids: [key.subscriptionId], now });
    if (takers.size === 0 || row.delivery.state !== "dead") return { outcome: "refused" };
    const orders = [{ row: await atEndOfKey(tx, row, request), wanted: { kind: "redrive" } as const }];
    const [result] = command(tx, projectId, { orders, now });
    if (result?.outcome !== "changed") return { outcome: "refused" };
    return { outcome: "redriven", delivery: result.delivery };
  });
}

/** A dead delivery that let its lane go on comes back behind all others of its key. */
async function atEndOfKey(tx: Transaction, row: Row, { projectId, now }: Request): Promise<Row> {
  const { lane } = row.delivery;
  if (lane === null || lane.parks) return row;
  const taken = await takePositions(tx, projectId, [{ key: lane.key, count: 1, at: now }]);
  return moveRow(row, taken.get(lane.key) ?? lane.position);
}
