import type { DeliveryCommand } from "../../domain/delivery.ts";
import type { AttemptRow, DeliveryStore, SettleOutcome, SettleRequest } from "../delivery-store.ts";
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
  const result = applyCommand(row, commandOf(request), now);
  switch (result.outcome) {
    case "changed":
      if (request.attempt !== null && request.verb.kind !== "extend")
        row.attempts.push(ownAttempt(request.attempt, result.delivery.attempt));
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

function ownAttempt(attempt: AttemptRow, number: number): Row["attempts"][number] {
  const { sealedExcerpt } = attempt;
  return Object.freeze({
    ...attempt,
    sealedExcerpt: sealedExcerpt === null ? null : ownBytes(sealedExcerpt),
    number,
  });
}
