import type { Problem } from "../generated/types.gen.ts";

/** Why the client itself gave up, where the server gave no code. */
export type ClientErrorCode =
  /** No answer: the connection could not be made, or it broke. */
  | "connection_failed"
  /** No answer in time. */
  | "timeout"
  /** The server sends elsewhere: `baseUrl` is not its address. */
  | "redirected"
  /** A refusal that is no problem document: it comes from something between here and the server. */
  | "unexpected_status"
  /** An answer that is not what the contract says. */
  | "unreadable_answer"
  /** `payloadText` is not one JSON value. */
  | "invalid_payload_text"
  /** Reason of a handler's signal: somebody else has the delivery now. */
  | "lease_lost"
  /** Reason of a handler's signal: the time to stop is over. */
  | "stopped"
  /** Some requests of `sendBatch` failed, see `BatchError`. */
  | "batch_incomplete"
  /** Not sent, because a request before it failed. */
  | "not_sent"
  | "webhook_secret_invalid"
  | "webhook_headers_invalid"
  | "webhook_timestamp_out_of_tolerance"
  | "webhook_signature_invalid";

/** Stable. The server may have codes that this version of the client does not know. */
export type ErrorCode = Problem["code"] | ClientErrorCode | (string & {});

/** One faulty field: a JSON pointer (RFC 6901) into the request body. */
export interface FieldFault {
  readonly pointer: string;
  readonly detail: string;
}

interface ErrorParts {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly errors?: readonly FieldFault[];
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** What every call rejects with, unless it was aborted: then it is the reason of the signal. Never holds the API key. */
export class TriggersError extends Error {
  readonly code: ErrorCode;
  /** Of the answer; null: there was none. */
  readonly status: number | null;
  /** One sentence that says what to do. */
  readonly detail: string;
  /** To find the request in the server's log. */
  readonly requestId: string | null;
  /** The faulty fields, where fields are to blame. */
  readonly errors: readonly FieldFault[];
  /** What `Retry-After` said. */
  readonly retryAfterMs: number | null;
  /** How often the request was sent. */
  attempts = 0;

  constructor(parts: ErrorParts) {
    const { code, detail, status = null, requestId = null, errors = [], retryAfterMs = null } = parts;
    super(messageOf(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "TriggersError";
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId;
    this.errors = errors;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Faults that a message spells out; `errors` has all. */
const SHOWN_FAULTS = 3;

function messageOf({ code, detail, status, requestId, errors = [] }: ErrorParts): string {
  const faults = errors.slice(0, SHOWN_FAULTS).map(({ pointer, detail }) => ` ${pointer} ${detail};`);
  const more = errors.length > SHOWN_FAULTS ? ` ${errors.length - SHOWN_FAULTS} more;` : "";
  const where = [
    ...(typeof status === "number" ? [`status ${status}`] : []),
    ...(typeof requestId === "string" ? [`request ${requestId}`] : []),
  ];
  const tail = where.length === 0 ? "" : ` (${where.join(", ")})`;
  return `${code}: ${detail}${faults.join("")}${more}${tail}`;
}
