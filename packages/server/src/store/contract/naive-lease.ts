import { expect } from "vitest";
import type { Subscription } from "../../domain/subscription.ts";
import type { LaneRow, LeaseOutcome, LeaseRequest } from "../delivery-store.ts";
import { findLine, isSame, type Line, type Model, stateNow } from "./naive-model.ts";

/** True while a delivery keeps all later positions of its lane waiting. */
function isInTheWay({ state, lane }: Line): boolean {
  return state === "pending" || state === "leased" || (state === "dead" && lane?.parks === true);
}

function laneOf(model: Model, { subscriptionId, lane }: Line): Line[] {
  const lines = model.lines.filter(
    (other) => other.subscriptionId === subscriptionId && other.lane?.key === lane?.key && isInTheWay(other),
  );
  return lines.sort((a, b) => (a.lane?.position ?? 0) - (b.lane?.position ?? 0));
}

export function isBlockedInModel(model: Model, line: Line): boolean {
  return line.state === "pending" && line.lane !== null && laneOf(model, line)[0] !== line;
}

/** When a lease may find a delivery; null if it is settled, blocked or waits for a back-fill. */
function findableAt(model: Model, line: Line): number | null {
  if (line.state !== "pending" && line.state !== "leased") return null;
  const subscription = model.subscriptions.get(line.subscriptionId);
  const at = model.events.find(({ id }) => id === line.eventId)?.at ?? 0;
  if (subscription?.ordered && subscription.catchUpTo !== null && at > subscription.catchUpTo) return null;
  if (line.lane === null) return line.dueAt;
  const lane = laneOf(model, line);
  if (lane[0] !== line) return null;
  const ends = lane.filter(({ state }) => state === "leased").map(({ dueAt }) => dueAt);
  return Math.max(line.dueAt, ...ends);
}

export function findable(model: Model, subscriptionId: string): Line[] {
  return model.lines.filter((line) => {
    const at = line.subscriptionId === subscriptionId ? findableAt(model, line) : null;
    return at !== null && at <= model.now;
  });
}

export function nextDueInModel(model: Model, subscriptionId: string): number | null {
  const lines = model.lines.filter((line) => line.subscriptionId === subscriptionId);
  const times = lines.map((line) => findableAt(model, line)).filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}

export function lanesInModel(model: Model, subscriptionId: string): LaneRow[] {
  const heads = model.lines.filter(
    (line) =>
      line.subscriptionId === subscriptionId &&
      line.lane !== null &&
      isInTheWay(line) &&
      laneOf(model, line)[0] === line,
  );
  const rows = heads.map((head) => {
    const out = laneOf(model, head).filter(({ state }) => state === "leased");
    const ends = out.map(({ dueAt }) => dueAt);
    const holder = head.state === "leased" ? head : out[0];
    return {
      key: head.lane?.key ?? "",
      head: head.lane?.position ?? 0,
      dueAt: head.state === "dead" ? null : Math.max(head.dueAt, ...ends),
      holder: holder?.leaseToken ?? null,
    };
  });
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Follows a lease. Which of equals goes out is the store's choice, so the model takes what was answered, after it has seen that each may go out, that
 * enough go, and that they are those whose turn it is.
 */
export function followLease(model: Model, request: LeaseRequest, answer: LeaseOutcome): void {
  const state = stateNow(model, request.subscriptionId);
  const subscription = model.subscriptions.get(request.subscriptionId);
  if (state !== "active" || subscription === undefined) {
    expect(answer).toEqual({ outcome: state === "deleted" || state === "unknown" ? "not_found" : state });
    return;
  }
  if (answer.outcome !== "leased") throw new Error(`A lease must be given, not ${answer.outcome}`);
  const before = findable(model, subscription.id);
  const isSimple = before.every((line) => !wouldDie(line, subscription)) && request.maxBytes > 1_000_000;
  if (isSimple) {
    const given = before.filter((line) => answer.deliveries.some((one) => isSame(one, line)));
    expect(turnsOf(model, given)).toEqual(turnsOf(model, expectedTurns(model, before, request)));
  }
  expect(answer.deliveries.length + answer.died.length).toBeGreaterThanOrEqual(
    Math.min(request.maxBytes > 1_000_000 ? request.limit : 1, before.length),
  );
  expect(answer.deliveries.length).toBeLessThanOrEqual(request.limit);
  checkBytes(request, answer.deliveries);
  for (const died of answer.died) bury(model, subscription, died);
  hold(model, { subscription, request, deliveries: answer.deliveries });
  if (answer.deliveries.length === 0) expect(answer.nextDueAt).toBe(nextDueInModel(model, subscription.id));
}

function checkBytes({ maxBytes }: LeaseRequest, deliveries: readonly Line[]): void {
  const bytes = deliveries.reduce((sum, delivery) => sum + delivery.bytes, 0);
  if (deliveries.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
}

/** Those whose turn it is, but for the choice among equals. */
function expectedTurns(model: Model, lines: readonly Line[], { limit, lowerFirst }: LeaseRequest): Line[] {
  const byTime = lines.toSorted((a, b) => (findableAt(model, a) ?? 0) - (findableAt(model, b) ?? 0));
  const upward = byTime.toSorted((a, b) => a.rank - b.rank);
  const first = upward.slice(0, limit - lowerFirst);
  const downward = byTime.filter((line) => !first.includes(line)).sort((a, b) => b.rank - a.rank);
  return [...first, ...downward.slice(0, lowerFirst)];
}

/** What decides about the turn of each. */
function turnsOf(model: Model, lines: readonly Line[]): string[] {
  return lines.map((line) => `${line.rank} ${findableAt(model, line)}`).sort();
}

function wouldDie(line: Line, { maxAttempts }: Subscription): boolean {
  if (line.state !== "leased") return false;
  return line.attempt - line.attemptBase >= maxAttempts || line.takeovers >= 19;
}

function bury(model: Model, subscription: Subscription, died: Line): void {
  const line = findable(model, subscription.id).find((one) => isSame(one, died));
  if (line === undefined || !wouldDie(line, subscription)) throw new Error("It had no reason to die");
  const isUsedUp = line.attempt - line.attemptBase >= subscription.maxAttempts;
  if (!isUsedUp) line.takeovers += 1;
  const stateReason = isUsedUp ? "attempts_exhausted" : "poison";
  Object.assign(line, { state: "dead", stateReason, settledAt: model.now });
  expect(died).toEqual(line);
}

interface Hold {
  readonly subscription: Subscription;
  readonly request: LeaseRequest;
  readonly deliveries: readonly Line[];
}

function hold(model: Model, { subscription, request, deliveries }: Hold): void {
  const free = findable(model, subscription.id);
  // Numbers may be left out: a store has used up one for what died on the way.
  expect(new Set(deliveries.map(({ leaseToken }) => leaseToken)).size).toBe(deliveries.length);
  for (const delivery of deliveries) {
    if (!free.some((one) => isSame(one, delivery))) throw new Error("It may not go out");
    const line = findLine(model, delivery);
    if (line === undefined || wouldDie(line, subscription)) throw new Error("It may not go out");
    if (line.state === "leased") line.takeovers += 1;
    if (subscription.channel === "inbox") line.attempt += 1;
    const { leaseToken } = delivery;
    expect(leaseToken?.startsWith(`${request.leaseId}.`)).toBe(true);
    Object.assign(line, {
      state: "leased",
      stateReason: null,
      dueAt: request.until,
      leaseToken,
      leasedAt: model.now,
    });
    expect(delivery).toEqual(line);
  }
}
