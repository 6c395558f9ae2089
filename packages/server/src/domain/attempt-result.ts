/**
 * Why a request got no answer. `timeout`: none whole in time; `connect_timeout`, `refused`, `unreachable`, `dns`, `tls`: no connection; `address_refused`: the host has no address that push
 * may reach; `reset`: the connection ended before an answer; `bad_response`: what came is not HTTP, or its headers are too large; `stopped`: we ended it ourselves; `unsendable`: the request could
 * not be written.
 */
export const ATTEMPT_ERRORS = [
  "timeout",
  "connect_timeout",
  "refused",
  "unreachable",
  "dns",
  "tls",
  "address_refused",
  "reset",
  "bad_response",
  "stopped",
  "unsendable",
] as const;
export type AttemptError = (typeof ATTEMPT_ERRORS)[number];

/** What came of one request to a webhook. */
export interface AttemptResult {
  /** Set once the headers of an answer were complete, whatever its body did. */
  readonly statusCode: number | null;
  /** Set when there is no status code. */
  readonly errorCode: AttemptError | null;
  /** `Retry-After` as it came. */
  readonly retryAfter: string | null;
  /** The first 4 KiB of the answer, exact bytes. */
  readonly excerpt: Uint8Array;
  readonly durationMs: number;
}
