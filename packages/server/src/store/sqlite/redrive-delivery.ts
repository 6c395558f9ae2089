import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { takePosition } from "./ordering-keys.ts";
import { command, findRow, moveRow } from "./queue.ts";
import { type Row, rowKey } from "./rows.ts";
import { takesDeliveries } from "./subscription-rows.ts";

type Request = Parameters<DeliveryStore["redriveDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["redriveDelivery"]>>;

export function redriveDelivery(db: Database, { projectId, key, now }: Request): Outcome {
  const number = db.projectNumber(projectId);
  if (number === null) return { outcome: "not_found" };
  const project = { id: projectId, number };
  const row = findRow(db, project, { key: rowKey(number, key), now });
  if (row === null) return { outcome: "not_found" };
  const isOpen = takesDeliveries(db, project, { subscription: row.key.subscription, now });
  if (!isOpen || row.delivery.state !== "dead") return { outcome: "refused" };
  const result = command(db, atEndOfKey(db, row, now), { wanted: { kind: "redrive" }, now });
  if (result.outcome !== "changed") return { outcome: "refused" };
  return { outcome: "redriven", delivery: result.delivery };
}

/** A dead delivery that let its lane go on comes back behind all others of its key. */
function atEndOfKey(db: Database, row: Row, now: number): Row {
  const { lane } = row.delivery;
  if (lane === null || lane.parks) return row;
  return moveRow(db, row, takePosition(db, { project: row.key.project, key: lane.key, at: now }));
}
