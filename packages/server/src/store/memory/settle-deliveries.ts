import type { DeliveryCommand } from "../../domain/delivery.ts";
import type { AttemptRow, DeliveryStore, SettleOutcome, SettleRequest } from "../delivery-store.ts";
import { command, findRow } from "./rows.ts";
import { ownBytes, type ProjectTable, type Tables } from "./tables.ts";

type Request = Parameters<DeliveryStore["settleDeliveries"]>[0];

export function settleDeliveries(tables: Tables, { projectId, now, settles }: Request): SettleOutcome[] {
  const project = tables.projects.get(projectId);
  return settles.map((settle) =>
    project === undefined ? { outcome: "not_found" } : settleDelivery(project, settle, now),
  );
}

function settleDelivery(project: ProjectTable, request: SettleRequest, now: number): SettleOutcome {
  const row = findRow(project, request, now);
  if (row === null) return { outcome: "not_found" };
  const result = command(project, row, commandOf(request), now);
  switch (result.outcome) {
    case "changed":
      if (request.attempt !== null && request.verb.kind !== "extend")
        row.attempts.push({ ...ownAttempt(request.attempt), number: result.delivery.attempt });
      return { outcome: "settled", delivery: result.delivery };
    case "already_acknowledged":
    case "lease_lost":
      return { outcome: result.outcome };
    default:
      throw new Error(`A settle cannot be answered with ${result.outcome}`);
  }
}

function commandOf({ token, verb, attempt }: SettleRequest): DeliveryCommand {
  return verb.kind === "extend" ? { ...verb, token } : { ...verb, token, countsAttempt: attempt !== null };
}

function ownAttempt(attempt: AttemptRow): AttemptRow {
  const { sealedExcerpt } = attempt;
  return { ...attempt, sealedExcerpt: sealedExcerpt === null ? null : ownBytes(sealedExcerpt) };
}
