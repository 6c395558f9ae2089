import type { AttemptResult } from "../domain/attempt-result.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { Verdict } from "../domain/judge-response.ts";
import { retryDelayMs } from "../domain/retry-schedule.ts";
import type { Clock, Randomness } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { AttemptRow, SettleVerb } from "../store/delivery-store.ts";
import type { PushTarget } from "./push-targets.ts";
import type { SettleGroup } from "./settle-group.ts";

/** What a push without any end to its attempts is allowed. */
const ALWAYS = Number.MAX_SAFE_INTEGER;
/** After a 410 the delivery waits for its subscription's end, which gives it up and counts it; the end takes less than this. */
const END_MS = 60_000;
/** Until a delivery that could not be sent for a reason of our own is taken up again. */
const PAUSE_MS = 2_000;

export interface SettleParts {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly flow: PushFlow;
  readonly settles: SettleGroup;
}

/** A request that is over. */
export interface Ended {
  readonly delivery: Delivery;
  readonly verdict: Verdict;
  readonly result: AttemptResult;
  readonly startedAt: number;
}

/** Settles a delivery by the answer to its request. */
export async function settleDelivery(parts: SettleParts, target: PushTarget, ended: Ended): Promise<void> {
  const { verdict, delivery } = ended;
  const attempt = verdict.outcome === "given_back" ? null : await attemptOf(parts, ended);
  const settled = await settle(parts, delivery, { verb: verbOf(parts, target, ended), attempt });
  if (settled !== null) await parts.flow.afterPush(target.subscription, settled, verdict);
}

/** Gives a delivery back that could not be sent for a reason of our own. */
export async function postponeDelivery(parts: SettleParts, delivery: Delivery): Promise<void> {
  const dueAt = parts.clock.now() + PAUSE_MS;
  await settle(parts, delivery, { verb: release(dueAt, "not_sent"), attempt: null });
}

async function settle(
  { settles }: SettleParts,
  { projectId, eventId, subscriptionId, cause, leaseToken, dueAt, lane }: Delivery,
  { verb, attempt }: { readonly verb: SettleVerb; readonly attempt: AttemptRow | null },
): Promise<Delivery | null> {
  const request = { eventId, subscriptionId, cause, token: leaseToken ?? "", verb, attempt };
  const outcome = await settles.settle(projectId, request, { giveUpAt: dueAt, isUrgent: lane !== null });
  return outcome?.outcome === "settled" ? outcome.delivery : null;
}

function verbOf(
  { clock, random }: SettleParts,
  { scheduleSeconds, subscription }: PushTarget,
  { delivery, verdict }: Ended,
): SettleVerb {
  const now = clock.now();
  switch (verdict.outcome) {
    case "acknowledged":
      return { kind: "acknowledge" };
    case "gone":
      return release(now + END_MS, "http_410");
    case "given_back":
      return release(now, null);
    case "retry": {
      const attempt = delivery.attempt - delivery.attemptBase + 2;
      const waitMs = retryDelayMs(scheduleSeconds, attempt, {
        retryAfterMs: verdict.retryAfterMs,
        random: () => random.number(),
      });
      const { maxAttempts } = subscription;
      return { kind: "release", dueAt: now + waitMs, reason: verdict.reason, maxAttempts, isLate: true };
    }
  }
}

/** What costs no attempt must not be the end either. */
function release(dueAt: number, reason: string | null): SettleVerb {
  return { kind: "release", dueAt, reason, maxAttempts: ALWAYS, isLate: false };
}

async function attemptOf({ flow }: SettleParts, { delivery, result, startedAt }: Ended): Promise<AttemptRow> {
  const { statusCode, errorCode, excerpt, durationMs } = result;
  const sealedExcerpt = excerpt.byteLength === 0 ? null : await flow.sealExcerpt(delivery, excerpt);
  return { startedAt, durationMs, statusCode, errorCode, sealedExcerpt };
}
