import type { DeliveryKey } from "../../domain/ids.ts";
import type { DeliveryStore, SettleRequest } from "../delivery-store.ts";
import { findLine, type Line, type Model, moveToEnd, stateNow } from "./naive-model.ts";

const TWELVE_HOURS_MS = 43_200_000;

export function settleInModel(model: Model, { token, verb, attempt, ...key }: SettleRequest): string {
  const line = findLine(model, key);
  if (line === undefined) return "not_found";
  if (line.state === "acknowledged" && line.leaseToken === token && verb.kind === "acknowledge")
    return "already_acknowledged";
  if (line.state !== "leased" || line.leaseToken !== token) return "lease_lost";
  if (verb.kind === "extend") {
    line.dueAt = Math.min(verb.until, (line.leasedAt ?? 0) + TWELVE_HOURS_MS);
    return "settled";
  }
  if (attempt !== null) line.attempt += 1;
  if (verb.kind === "acknowledge") end(model, line, ["acknowledged", null]);
  else if (verb.kind === "bury") end(model, line, ["dead", verb.reason ?? "buried"]);
  else if (line.attempt - line.attemptBase >= verb.maxAttempts)
    end(model, line, ["dead", verb.reason ?? "attempts_exhausted"]);
  else {
    const { dueAt, reason: stateReason, isLate } = verb;
    const rank = isLate && line.rank % 2 === 0 ? line.rank + 1 : line.rank;
    Object.assign(line, { state: "pending", stateReason, rank, dueAt, leaseToken: null, leasedAt: null });
  }
  return "settled";
}

function end(model: Model, line: Line, [state, stateReason]: readonly [Line["state"], string | null]): void {
  Object.assign(line, { state, stateReason, settledAt: model.now });
}

export function acknowledgeUnheldInModel(model: Model, eventId: string, subscriptionId: string): string {
  const lines = model.lines.filter(
    (line) => line.eventId === eventId && line.subscriptionId === subscriptionId,
  );
  const free = lines.filter(
    ({ state, dueAt }) => state === "pending" || (state === "leased" && dueAt <= model.now),
  );
  for (const line of free) {
    end(model, line, ["acknowledged", null]);
    line.leaseToken = null;
  }
  if (free.length > 0) return "acknowledged";
  const states = lines.map(({ state }) => state);
  if (states.includes("leased")) return "held";
  if (states.includes("acknowledged")) return "already_acknowledged";
  return states.includes("dead") ? "dead" : "not_found";
}

export function cancelInModel(model: Model, key: DeliveryKey, reason: string | null): string {
  const line = findLine(model, key);
  if (line === undefined) return "not_found";
  if (line.state !== "pending" && line.state !== "dead") return "refused";
  end(model, line, ["cancelled", reason]);
  return "cancelled";
}

export function redriveInModel(model: Model, key: DeliveryKey): string {
  const line = findLine(model, key);
  if (line === undefined) return "not_found";
  const isOver = ["ended", "deleted"].includes(stateNow(model, key.subscriptionId));
  if (line.state !== "dead" || isOver) return "refused";
  if (line.lane?.parks === false) moveToEnd(model, line);
  Object.assign(line, {
    state: "pending",
    stateReason: null,
    attemptBase: line.attempt,
    takeovers: 0,
    dueAt: model.now,
    leaseToken: null,
    leasedAt: null,
    settledAt: null,
  });
  return "redriven";
}

export function closeInModel(model: Model, request: Parameters<DeliveryStore["closeDeliveries"]>[0]): number {
  const open = model.lines.filter(
    ({ subscriptionId, state }) =>
      subscriptionId === request.subscriptionId && (state === "pending" || state === "leased"),
  );
  const { command } = request;
  for (const line of open)
    if (command.kind === "give_up") end(model, line, ["dead", command.reason]);
    else end(model, line, ["cancelled", "subscription_deleted"]);
  return open.length;
}

export function exhaustInModel(model: Model): readonly Line[] {
  const used = model.lines.filter(
    ({ state, dueAt, attempt, attemptBase, subscriptionId }) =>
      state === "leased" &&
      dueAt <= model.now &&
      attempt - attemptBase >=
        (model.subscriptions.get(subscriptionId)?.maxAttempts ?? Number.POSITIVE_INFINITY),
  );
  for (const line of used) end(model, line, ["dead", "attempts_exhausted"]);
  return used;
}
