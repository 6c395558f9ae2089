import type { AttemptResult } from "../domain/attempt-result.ts";
import type { Delivery } from "../domain/delivery.ts";
import { deliveryId } from "../domain/ids.ts";
import { judgeResponse, type Verdict } from "../domain/judge-response.ts";
import { secretsAt } from "../domain/webhook-secret.ts";
import type { EventView } from "../flow/views.ts";
import type { Health } from "./breaker.ts";
import type { PushTarget } from "./push-targets.ts";
import type { Sender } from "./sender.ts";
import { postponeDelivery, type SettleParts, settleDelivery } from "./settle-delivery.ts";
import { makeSigner } from "./sign-webhook.ts";
import { makeStartGate } from "./start-gate.ts";
import { type RenderEvent, webhookBody } from "./webhook-body.ts";
import { webhookHeaders } from "./webhook-headers.ts";

interface Parts extends SettleParts {
  readonly sender: Sender;
  readonly renderEvent: RenderEvent;
  readonly onError: (error: unknown) => void;
}

interface Run {
  /** Of the grant these requests began under. */
  readonly isProbe: boolean;
  /** False once the endpoint is no longer ours: nothing is sent then. */
  readonly maySend: () => boolean;
  /** Called as each request ends: its slot is free. */
  readonly onEnd: (verdict: Verdict) => void;
}

/** Sends leased deliveries to their endpoint and settles each by its answer. */
export type DeliverWebhook = (target: PushTarget, deliveries: readonly Delivery[], run: Run) => Promise<void>;

const GIVEN_BACK: Verdict = { outcome: "given_back" };
const STOPPED: AttemptResult = {
  ...{ statusCode: null, errorCode: "stopped", retryAfter: null },
  ...{ excerpt: Buffer.alloc(0), durationMs: 0 },
};

export function makeDeliverWebhook(parts: Parts): DeliverWebhook {
  const sign = makeSigner();
  const gate = makeStartGate(parts.clock);
  const { clock, sender, flow, renderEvent } = parts;

  async function send(
    { webhook, target, fixed }: PushTarget,
    delivery: Delivery,
    { view, now }: { readonly view: EventView; readonly now: number },
  ): Promise<AttemptResult> {
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
    await gate.pass(target.endpoint.pace.health());
    const startedAt = clock.now();
    const result = run.maySend()
      ? await send(target, delivery, { view, now: startedAt }).catch(parts.onError)
      : STOPPED;
    if (!result) {
      endRequest(parts, target, { verdict: GIVEN_BACK, run });
      return postponeDelivery(parts, delivery);
    }
    const verdict = judgeResponse(result, clock.now());
    endRequest(parts, target, { verdict, run });
    await settleDelivery(parts, target, { delivery, verdict, result, startedAt });
  }

  return async (target, deliveries, run) => {
    const { projectId } = target.subscription;
    const ids = deliveries.map(({ eventId }) => eventId);
    const { views, unreadable } = await openEvents(parts, projectId, ids);
    const gone: Delivery[] = [];
    const sent = deliveries.map((delivery) => {
      const view = views.get(delivery.eventId);
      if (view !== undefined) return deliverOne(target, delivery, { view, run });
      endRequest(parts, target, { verdict: GIVEN_BACK, run });
      if (unreadable.has(delivery.eventId)) return postponeDelivery(parts, delivery);
      gone.push(delivery);
      return Promise.resolve();
    });
    if (gone.length > 0) await flow.dropDeliveries(projectId, gone);
    await Promise.all(sent);
  };
}

interface OpenedEvents {
  readonly views: ReadonlyMap<string, EventView>;
  readonly unreadable: ReadonlySet<string>;
}

/** Never rejects: slots are taken, and one event that cannot be opened holds up no other. */
async function openEvents(parts: Parts, projectId: string, ids: readonly string[]): Promise<OpenedEvents> {
  try {
    return { views: await parts.flow.openEvents(projectId, ids), unreadable: new Set() };
  } catch (error) {
    if (ids.length > 1) {
      const each = await Promise.all(ids.map((id) => openEvents(parts, projectId, [id])));
      return {
        views: new Map(each.flatMap(({ views }) => [...views])),
        unreadable: new Set(each.flatMap(({ unreadable }) => [...unreadable])),
      };
    }
    parts.onError(error);
    return { views: new Map(), unreadable: new Set(ids) };
  }
}

function endRequest(
  { clock }: Parts,
  { pace, endpoint }: PushTarget,
  { verdict, run }: { readonly verdict: Verdict; readonly run: Run },
): void {
  pace.end();
  const retryAfterMs = verdict.outcome === "retry" ? verdict.retryAfterMs : null;
  const { isProbe, onEnd } = run;
  endpoint.pace.end(clock.monotonic(), { health: healthOf(verdict), isProbe, retryAfterMs });
  onEnd(verdict);
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
