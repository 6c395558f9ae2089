import type { AttemptRow, DeliveryStore, SettleOutcome, SettleRequest } from "../delivery-store.ts";
import { settleCommand, settleOutcome } from "../settle-command.ts";
import type { Row } from "./queue.ts";
import { applyCommand, findRow } from "./rows.ts";
import { ownBytes, type Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["settleDeliveries"]>[0];

export function settleDeliveries(tables: Tables, { projectId, now, settles }: Request): SettleOutcome[] {
  const project = tables.projects.get(projectId);
  return settles.map((settle) => settleRow(findRow(project, settle, now), settle, now));
}

function settleRow(row: Row | null, request: SettleRequest, now: number): SettleOutcome {
  if (row === null) return { outcome: "not_found" };
  const result = applyCommand(row, settleCommand(request), now);
  if (result.outcome === "changed" && request.attempt !== null && request.verb.kind !== "extend")
    row.attempts.push(ownAttempt(request.attempt, result.delivery.attempt));
  return settleOutcome(result);
}

function ownAttempt(attempt: AttemptRow, number: number): Row["attempts"][number] {
  const { sealedExcerpt } = attempt;
  return Object.freeze({
    ...attempt,
    sealedExcerpt: sealedExcerpt === null ? null : ownBytes(sealedExcerpt),
    number,
  });
}
