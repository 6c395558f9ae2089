import type { AttemptResult } from "../../domain/attempt-result.ts";
import { version } from "../../observe/version.ts";
import { openSender } from "../../push/send-webhook.ts";
import { targetOf } from "../../push/sender.ts";
import { makeSigner } from "../../push/sign-webhook.ts";
import { CONTENT_TYPES } from "../../push/webhook-body.ts";
import { fixedHeaders, webhookHeaders } from "../../push/webhook-headers.ts";
import { ANY_NETWORK } from "./read-wish.ts";

/** Sends an event as the server would send it to a webhook, over the very sender that it pushes with. */
export interface Forwarder extends AsyncDisposable {
  /** One POST, one result, never a rejection. */
  send(deliveryId: string, body: Uint8Array): Promise<AttemptResult>;
}

interface Terms {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
}

/** All a webhook has but `traceparent` and `tracestate`: a lease does not tell them. */
export function openForwarder({ url, secret, timeoutMs }: Terms): Forwarder {
  const sender = openSender({ allowNetworks: ANY_NETWORK });
  const sign = makeSigner();
  const target = targetOf(url);
  const fixed = fixedHeaders({
    userAgent: `triggers-api/${version}`,
    contentType: CONTENT_TYPES.event,
    custom: {},
  });
  return {
    send(deliveryId, body) {
      const timestamp = Math.floor(Date.now() / 1_000);
      const signed = { fixed, id: deliveryId, timestamp, body, secrets: [secret], trace: null };
      return sender.send({ target, headers: webhookHeaders(signed, sign), body, timeoutMs });
    },
    [Symbol.asyncDispose]: () => sender.close(),
  };
}
