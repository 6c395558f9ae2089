import type { AttemptRow, DeliveryStore, SettleRequest } from "../delivery-store.ts";
import type { Packable, Take } from "./pack-records.ts";

type Request = Parameters<DeliveryStore["settleDeliveries"]>[0];

/** Settles on their way to the writer's thread. */
export interface PackedSettleRequest {
  readonly projectId: string;
  readonly now: number;
  readonly values: readonly Packable[];
}

export function packSettleRequest({ projectId, now, settles }: Request): PackedSettleRequest {
  const values: Packable[] = [];
  for (const { eventId, subscriptionId, cause, token, verb, attempt } of settles) {
    values.push(eventId, subscriptionId, cause, token, verb.kind);
    packVerb(values, verb);
    packAttempt(values, attempt);
  }
  return { projectId, now, values };
}

function packVerb(values: Packable[], verb: SettleRequest["verb"]): void {
  switch (verb.kind) {
    case "acknowledge":
      return;
    case "release":
      values.push(verb.dueAt, verb.reason, verb.maxAttempts, verb.isLate);
      return;
    case "bury":
      values.push(verb.reason);
      return;
    case "extend":
      values.push(verb.until);
  }
}

function packAttempt(values: Packable[], attempt: AttemptRow | null): void {
  values.push(attempt === null ? null : attempt.startedAt);
  if (attempt === null) return;
  const { durationMs, statusCode, errorCode, sealedExcerpt } = attempt;
  // A copy: a clone of a view takes all of its buffer along.
  values.push(durationMs, statusCode, errorCode, sealedExcerpt && new Uint8Array(sealedExcerpt));
}

export function unpackSettleRequest({ projectId, now, values }: PackedSettleRequest): Request {
  let next = 0;
  const take: Take = <T extends Packable>() => values[next++] as T;
  const settles: SettleRequest[] = [];
  while (next < values.length) settles.push(unpackSettle(take));
  return { projectId, now, settles };
}

/** The order of evaluation is the order of packing. */
function unpackSettle(take: Take): SettleRequest {
  return {
    eventId: take(),
    subscriptionId: take(),
    cause: take<string>(),
    token: take(),
    verb: unpackVerb(take, take<SettleRequest["verb"]["kind"]>()),
    attempt: unpackAttempt(take),
  };
}

function unpackVerb(take: Take, kind: SettleRequest["verb"]["kind"]): SettleRequest["verb"] {
  switch (kind) {
    case "acknowledge":
      return { kind };
    case "release":
      return { kind, dueAt: take(), reason: take(), maxAttempts: take(), isLate: take() };
    case "bury":
      return { kind, reason: take() };
    case "extend":
      return { kind, until: take() };
  }
}

function unpackAttempt(take: Take): AttemptRow | null {
  const startedAt = take<number | null>();
  if (startedAt === null) return null;
  return { startedAt, durationMs: take(), statusCode: take(), errorCode: take(), sealedExcerpt: take() };
}
