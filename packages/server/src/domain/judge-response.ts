import type { AttemptResult } from "./attempt-result.ts";
import { parseRetryAfter } from "./retry-after.ts";

/**
 * What an attempt means. `isEndpointIll` tells an endpoint that does not work (no answer, 5xx, 408, 429) from one that works and refuses this event: only the first is a reason
 * to stop sending it others.
 */
export type Verdict =
  | { readonly outcome: "acknowledged" }
  /** 410: the endpoint wants nothing any more, and the subscription ends. */
  | { readonly outcome: "gone" }
  | {
      readonly outcome: "retry";
      /** `http_<status>` or the error code; for people. */
      readonly reason: string;
      /** How long the endpoint asks to be left alone; null if it does not. */
      readonly retryAfterMs: number | null;
      readonly isEndpointIll: boolean;
    }
  /** Ended by ourselves: says nothing about the endpoint and costs no attempt. */
  | { readonly outcome: "given_back" };

/** Judges the result of one attempt; `now` is for a `Retry-After` that is a date. */
export function judgeResponse(result: AttemptResult, now: number): Verdict {
  const { statusCode, errorCode, retryAfter } = result;
  if (errorCode === "stopped") return { outcome: "given_back" };
  if (statusCode === null)
    return { outcome: "retry", reason: errorCode ?? "unknown", retryAfterMs: null, isEndpointIll: true };
  if (statusCode >= 200 && statusCode <= 299) return { outcome: "acknowledged" };
  if (statusCode === 410) return { outcome: "gone" };
  return {
    outcome: "retry",
    reason: `http_${statusCode}`,
    retryAfterMs: retryAfter === null ? null : parseRetryAfter(retryAfter.trim(), now),
    isEndpointIll: statusCode >= 500 || statusCode === 408 || statusCode === 429,
  };
}
