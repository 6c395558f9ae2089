import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command } from "./queue.ts";
import { DELIVERY_COLUMNS, type DeliveryTuple, idBytes, rowOf } from "./rows.ts";
import { sql } from "./sql.ts";

type Request = Parameters<DeliveryStore["acknowledgeUnheld"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["acknowledgeUnheld"]>>;

const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries
  WHERE project = ? AND event = ? AND subscription = ? AND expires_at > ?`);

export function acknowledgeUnheld(db: Database, request: Request): Outcome {
  const { projectId, eventId, subscriptionId, now } = request;
  const number = db.projectNumber(projectId);
  if (number === null) return "not_found";
  const tuples = db.all(READ, number, idBytes(eventId), idBytes(subscriptionId), now);
  const rows = tuples.map((tuple) => rowOf({ id: projectId, number }, tuple));
  const wanted = { kind: "acknowledge_unheld" } as const;
  const outcomes = rows.map((row) => command(db, row, { wanted, now }).outcome);
  if (outcomes.includes("changed")) return "acknowledged";
  if (outcomes.includes("held")) return "held";
  if (outcomes.includes("already_acknowledged")) return "already_acknowledged";
  return rows.some(({ delivery }) => delivery.state === "dead") ? "dead" : "not_found";
}
