import type { DeliveryStore } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { command, lockRows } from "./queue.ts";
import { causeOf, idValue } from "./rows.ts";
import { PROJECT, sql } from "./sql.ts";

type Request = Parameters<DeliveryStore["acknowledgeUnheld"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["acknowledgeUnheld"]>>;

const READ = sql<readonly [cause: string]>(`SELECT d.cause FROM deliveries AS d
  WHERE d.project = ${PROJECT} AND d.event = $2 AND d.subscription = $3 AND d.expires_at > $4`);

export function acknowledgeUnheld(db: Database, request: Request): Promise<Outcome> {
  const { projectId, eventId, subscriptionId, now } = request;
  return db.transact(async (tx) => {
    const causes = await tx.all(READ, projectId, idValue(eventId), idValue(subscriptionId), now);
    const keys = causes.map(([cause]) => ({ eventId, subscriptionId, cause: causeOf(cause) }));
    const rows = await lockRows(tx, projectId, keys);
    const orders = rows.map((row) => ({ row, wanted: { kind: "acknowledge_unheld" } as const }));
    const outcomes = command(tx, projectId, { orders, now }).map(({ outcome }) => outcome);
    if (outcomes.includes("changed")) return "acknowledged";
    if (outcomes.includes("held")) return "held";
    if (outcomes.includes("already_acknowledged")) return "already_acknowledged";
    return rows.some(({ delivery }) => delivery.state === "dead") ? "dead" : "not_found";
  });
}
