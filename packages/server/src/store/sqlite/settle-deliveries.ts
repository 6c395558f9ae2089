import type { AttemptRow, DeliveryStore, SettleOutcome, SettleRequest } from "../delivery-store.ts";
import { settleCommand, settleOutcome } from "../settle-command.ts";
import type { Database } from "./open-database.ts";
import { command, findRow } from "./queue.ts";
import { type ProjectRef, type RowKey, rowKey } from "./rows.ts";
import { sql } from "./sql.ts";

type Request = Parameters<DeliveryStore["settleDeliveries"]>[0];

export function settleDeliveries(db: Database, { projectId, now, settles }: Request): SettleOutcome[] {
  const number = db.projectNumber(projectId);
  if (number === null) return settles.map(() => ({ outcome: "not_found" }));
  const project = { id: projectId, number };
  return settles.map((settle) => settleDelivery(db, project, { settle, now }));
}

function settleDelivery(
  db: Database,
  project: ProjectRef,
  { settle, now }: { readonly settle: SettleRequest; readonly now: number },
): SettleOutcome {
  const key = rowKey(project.number, settle);
  const row = findRow(db, project, { key, now });
  if (row === null) return { outcome: "not_found" };
  const result = command(db, row, { wanted: settleCommand(settle), now });
  if (result.outcome === "changed" && settle.attempt !== null && settle.verb.kind !== "extend")
    insertAttempt(db, key, { ...settle.attempt, number: result.delivery.attempt });
  return settleOutcome(result);
}

const INSERT_ATTEMPT = sql(`INSERT INTO attempts (project, event, subscription, cause, number, started_at,
  duration_ms, status_code, error_code, sealed_excerpt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

export function insertAttempt(
  db: Database,
  { project, event, subscription, cause }: RowKey,
  attempt: AttemptRow & { readonly number: number },
): void {
  const { number, startedAt, durationMs, statusCode, errorCode, sealedExcerpt } = attempt;
  db.run(
    INSERT_ATTEMPT,
    ...[project, event, subscription, cause, number],
    ...[startedAt, durationMs, statusCode, errorCode, sealedExcerpt],
  );
}
