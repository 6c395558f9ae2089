import type { TraceContext } from "../domain/event.ts";
import type { Signer } from "./sign-webhook.ts";

/** What is the same for all requests of a subscription, names and values in turn. */
export function fixedHeaders(parts: {
  readonly userAgent: string;
  readonly contentType: string;
  readonly custom: Readonly<Record<string, string>>;
}): readonly string[] {
  return [
    "content-type",
    parts.contentType,
    "user-agent",
    parts.userAgent,
    ...Object.entries(parts.custom).flat(),
  ];
}

export interface SignedRequest {
  /** See `fixedHeaders`. */
  readonly fixed: readonly string[];
  /** The delivery id: the same for each attempt, so that a receiver knows what it has had. */
  readonly id: string;
  /** Seconds since the epoch, of this attempt. */
  readonly timestamp: number;
  /** The bytes that are sent. */
  readonly body: Uint8Array;
  readonly secrets: readonly string[];
  readonly trace: TraceContext | null;
}

/** The headers of one request, names and values in turn. */
export function webhookHeaders(request: SignedRequest, sign: Signer): string[] {
  const { fixed, id, timestamp, body, secrets, trace } = request;
  const headers = [
    ...fixed,
    "webhook-id",
    id,
    "webhook-timestamp",
    String(timestamp),
    "webhook-signature",
    sign(secrets, { id, timestamp, body }),
  ];
  if (trace === null) return headers;
  headers.push("traceparent", trace.traceparent);
  if (trace.tracestate !== null) headers.push("tracestate", trace.tracestate);
  return headers;
}
