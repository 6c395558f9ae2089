import type { TriggersError } from "./triggers-error.ts";

export interface Backoff {
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

/** Codes with which a server says that it did nothing. */
const NOTHING_DONE = new Set(["rate_limited", "overloaded", "shutting_down", "storage_full"]);
/** Of proxies: they have no answer of the server. */
const NO_ANSWER = new Set([502, 504]);

/** Whether sending the same again may help. What may have been done is sent again only if that changes nothing. */
export function mayRetry({ code, status }: TriggersError, isRepeatable: boolean): boolean {
  if (status === 429 || NOTHING_DONE.has(code)) return true;
  const isUnknown = code === "connection_failed" || code === "timeout" || NO_ANSWER.has(status ?? 0);
  return isRepeatable && (status === 503 || isUnknown);
}

/** ms before the next attempt: full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), on top of what the server asked for. */
export function retryDelay(
  { firstRetryMs, longestRetryMs }: Backoff,
  attempt: number,
  retryAfterMs: number | null,
): number {
  const most = Math.min(longestRetryMs, firstRetryMs * 2 ** (attempt - 1));
  const jitter = Math.random() * most;
  return retryAfterMs === null ? jitter : retryAfterMs + Math.min(jitter, firstRetryMs);
}
