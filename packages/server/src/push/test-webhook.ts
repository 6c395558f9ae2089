import { secretsAt } from "../domain/webhook-secret.ts";
import type { Clock } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { TestSending } from "../flow/views.ts";
import { type Sender, targetOf } from "./sender.ts";
import { makeSigner } from "./sign-webhook.ts";
import { CONTENT_TYPES, type RenderEvent, webhookBody } from "./webhook-body.ts";
import { fixedHeaders, webhookHeaders } from "./webhook-headers.ts";

interface Parts {
  readonly clock: Clock;
  readonly flow: PushFlow;
  readonly sender: Sender;
  readonly renderEvent: RenderEvent;
  readonly userAgent: string;
}

/** Sends a sample to a webhook now and tells what was sent and what came back; nothing is stored. */
export type SendTest = (projectId: string, subscriptionId: string) => Promise<TestSending>;

export function makeSendTest(parts: Parts): SendTest {
  const sign = makeSigner();
  const { clock, flow, sender, renderEvent, userAgent } = parts;
  return async (projectId, subscriptionId) => {
    const { webhook, sample } = await flow.openTest(projectId, subscriptionId);
    const { format, url, headers: custom, secrets, timeoutSeconds } = webhook;
    const now = clock.now();
    const body = webhookBody(format, sample, renderEvent);
    const fixed = fixedHeaders({ userAgent, contentType: CONTENT_TYPES[format], custom });
    const id = `test_${sample.event.id}`;
    const timestamp = Math.floor(now / 1_000);
    const request = { fixed, id, timestamp, body, secrets: secretsAt(secrets, now), trace: null };
    const headers = webhookHeaders(request, sign);
    const result = await sender.send({
      target: targetOf(url),
      headers,
      body,
      timeoutMs: timeoutSeconds * 1_000,
    });
    const { statusCode, errorCode, durationMs } = result;
    return {
      request: { url, headers: shown(headers, custom), body: textOf(body) },
      response: { statusCode, errorCode, durationMs, excerpt: textOf(result.excerpt) },
    };
  };
}

/** What was sent, the values of the subscription's own headers left out. */
function shown(
  headers: readonly string[],
  custom: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? "";
    pairs[name] = Object.hasOwn(custom, name) ? "***" : (headers[at + 1] ?? "");
  }
  return pairs;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
