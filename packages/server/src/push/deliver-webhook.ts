import type { AttemptResult } from "../domain/attempt-result.ts";
import type { Delivery } from "../domain/delivery.ts";
import { deliveryId } from "../domain/ids.ts";
import { judgeResponse, type Verdict } from "../domain/judge-response.ts";
import { retryDelayMs } from "../domain/retry-schedule.ts";
import { secretsAt } from "../domain/webhook-secret.ts";
import type { Clock, Randomness } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { EventView } from "../flow/views.ts";
import type { AttemptRow, SettleVerb } from "../store/delivery-store.ts";
import type { Health } from "./breaker.ts";
import type { PushTarget } from "./push-targets.ts";
import type { Sender } from "./sender.ts";
import type { SettleGroup } from "./settle-group.ts";
import { makeSigner } from "./sign-webhook.ts";
import { type RenderEvent, webhookBody } from "./webhook-body.ts";
import { webhookHeaders } from "./webhook-headers.ts";

interface Parts {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly flow: PushFlow;
  readonly sender: Sender;
  readonly settles: SettleGroup;
  readonly renderEvent: RenderEvent;
}

interface Run {
  /** Of the grant these requests began under. */
  readonly isProbe: boolean;
  /** Called as each request ends: its slot is free. */
  readonly onEnd: () => void;
}

/** Sends leased deliveries to their endpoint and settles each by its answer. */
export type DeliverWebhook = (target: PushTarget, deliveries: readonly Delivery[], run: Run) => Promise<void>;

export function makeDeliverWebhook(parts: Parts): DeliverWebhook {
  const sign = makeSigner();
  const { clock, sender, flow, renderEvent } = parts;

  function send(
    { webhook, target, fixed }: PushTarget,
    delivery: Delivery,
    view: EventView,
  ): Promise<AttemptResult> {
    const now = clock.now();
    const body = webhookBody(webhook.format, view, renderEvent);
    const signed = {
      ...{ fixed, id: deliveryId(delivery), timestamp: Math.floor(now / 1_000), body },
      ...{ secrets: secretsAt(webhook.secrets, now), trace: view.content.trace },
    };
    return sender.send({
      target,
      headers: webhookHeaders(signed, sign),
      body,
      timeoutMs: webhook.timeoutSeconds * 1_000,
    });
  }

  async function deliverOne(
    target: PushTarget,
    delivery: Delivery,
    { view, run }: { readonly view: EventView; readonly run: Run },
  ): Promise<void> {
    const startedAt = clock.now();
    const result = await send(target, delivery, view);
    const verdict = judgeResponse(result, clock.now());
    endRequest(parts, target, { verdict, isProbe: run.isProbe });
    run.onEnd();
    await settle(parts, target, { delivery, verdict, result, startedAt });
  }

  return async (target, deliveries, run) => {
    const { projectId } = target.subscription;
    const views = await flow.openEvents(
      projectId,
      deliveries.map(({ eventId }) => eventId),
    );
    const gone: Delivery[] = [];
    const sent = deliveries.map((delivery) => {
      const view = views.get(delivery.eventId);
      if (view !== undefined) return deliverOne(target, delivery, { view, run });
      gone.push(delivery);
      endRequest(parts, target, { verdict: { outcome: "given_back" }, isProbe: run.isProbe });
      run.onEnd();
      return Promise.resolve();
    });
    if (gone.length > 0) await flow.dropDeliveries(projectId, gone);
    await Promise.all(sent);
  };
}

function endRequest(
  { clock }: Parts,
  { pace, endpoint }: PushTarget,
  end: { readonly verdict: Verdict; readonly isProbe: boolean },
): void {
  const { verdict, isProbe } = end;
  pace.end();
  const retryAfterMs = verdict.outcome === "retry" ? verdict.retryAfterMs : null;
  endpoint.end(clock.monotonic(), { health: healthOf(verdict), isProbe, retryAfterMs });
}

function healthOf(verdict: Verdict): Health {
  switch (verdict.outcome) {
    case "acknowledged":
    case "gone":
      return "well";
    case "retry":
      return verdict.isEndpointIll ? "ill" : "well";
    case "given_back":
      return "unknown";
  }
}

interface Ended {
  readonly delivery: Delivery;
  readonly verdict: Verdict;
  readonly result: AttemptResult;
  readonly startedAt: number;
}

async function settle(parts: Parts, target: PushTarget, ended: Ended): Promise<void> {
  const { delivery, verdict } = ended;
  const { eventId, subscriptionId, cause, leaseToken, dueAt, projectId } = delivery;
  const attempt = verdict.outcome === "given_back" ? null : await attemptOf(parts, ended);
  const request = {
    eventId,
    subscriptionId,
    cause,
    token: leaseToken ?? "",
    verb: verbOf(parts, target, ended),
    attempt,
  };
  const outcome = await parts.settles.settle(projectId, request, dueAt);
  if (outcome?.outcome === "settled")
    await parts.flow.afterPush(target.subscription, outcome.delivery, verdict);
}

function verbOf(
  { clock, random }: Parts,
  { scheduleSeconds, subscription }: PushTarget,
  { delivery, verdict }: Ended,
): SettleVerb {
  const now = clock.now();
  const { maxAttempts } = subscription;
  switch (verdict.outcome) {
    case "acknowledged":
      return { kind: "acknowledge" };
    case "gone":
      return { kind: "bury", reason: "gone" };
    case "given_back":
      // Costs no attempt, so it must not be the end either.
      return {
        kind: "release",
        dueAt: now,
        reason: null,
        maxAttempts: Number.MAX_SAFE_INTEGER,
        isLate: false,
      };
    case "retry": {
      const attempt = delivery.attempt - delivery.attemptBase + 2;
      const waitMs = retryDelayMs(scheduleSeconds, attempt, {
        retryAfterMs: verdict.retryAfterMs,
        random: () => random.number(),
      });
      return { kind: "release", dueAt: now + waitMs, reason: verdict.reason, maxAttempts, isLate: true };
    }
  }
}

async function attemptOf({ flow }: Parts, { delivery, result, startedAt }: Ended): Promise<AttemptRow> {
  const { statusCode, errorCode, excerpt, durationMs } = result;
  const sealedExcerpt = excerpt.byteLength === 0 ? null : await flow.sealExcerpt(delivery, excerpt);
  return { startedAt, durationMs: Math.round(durationMs), statusCode, errorCode, sealedExcerpt };
}
