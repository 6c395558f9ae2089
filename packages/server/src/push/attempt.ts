import type { IncomingHttpHeaders } from "node:http";
import { type Dispatcher, errors } from "undici";
import type { AttemptError, AttemptResult } from "../domain/attempt-result.ts";
import { ConnectError } from "./connect-error.ts";
import type { Expiring } from "./deadline-sweep.ts";
import type { Answering } from "./limit-head.ts";

/** So much of an answer is read; then the connection is closed. */
const READ_BYTES = 64 * 1024;
/** So much of it is kept. */
const EXCERPT_BYTES = 4 * 1024;

const NOTHING = Buffer.alloc(0);

/** `isWhole`: the answer was read to its end, and nothing of it is left on the connection. */
type Done = (attempt: Attempt, result: AttemptResult, isWhole: boolean) => void;

/** One request that is out, as undici's handler. Gives its result once: at the end of the answer, at the first fault, or at the deadline. */
export class Attempt implements Dispatcher.DispatchHandler, Expiring, Answering {
  readonly deadlineAt: number;
  headBytes = 0;
  readonly #startedAt: number;
  readonly #now: () => number;
  readonly #done: Done;
  #controller: Dispatcher.DispatchController | null = null;
  #isOver = false;
  #statusCode: number | null = null;
  #retryAfter: string | null = null;
  #bytesRead = 0;
  #excerpt: Buffer = NOTHING;

  constructor(timeoutMs: number, more: { readonly now: () => number; readonly done: Done }) {
    this.#now = more.now;
    this.#done = more.done;
    this.#startedAt = more.now();
    this.deadlineAt = this.#startedAt + timeoutMs;
  }

  get isHeadDue(): boolean {
    return this.#statusCode === null;
  }

  expire(): void {
    this.end("timeout");
  }

  /** Ends it now, whatever it waits for. */
  end(errorCode: AttemptError): void {
    this.#finish(errorCode, false);
    this.#controller?.abort(new Error(errorCode));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Its time was over before there was a connection.
    if (this.#isOver) controller.abort(new Error("over"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (statusCode < 200) return;
    this.#statusCode = statusCode;
    const retryAfter: string | string[] | undefined = headers["retry-after"];
    this.#retryAfter = typeof retryAfter === "string" ? retryAfter : null;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#keep(chunk);
    this.#bytesRead += chunk.length;
    if (this.#bytesRead <= READ_BYTES) return;
    this.#finish(null, false);
    controller.abort(new Error("answer too long"));
  }

  onResponseEnd(): void {
    this.#finish(null, true);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#finish(codeOf(error), false);
  }

  /** Copies: the chunk is a part of a larger buffer, which would stay in memory with it. */
  #keep(chunk: Buffer): void {
    const room = EXCERPT_BYTES - this.#excerpt.length;
    if (room > 0) this.#excerpt = Buffer.concat([this.#excerpt, chunk.subarray(0, room)]);
  }

  #finish(errorCode: AttemptError | null, isWhole: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const statusCode = this.#statusCode;
    const result = {
      statusCode,
      errorCode: statusCode === null ? errorCode : null,
      retryAfter: this.#retryAfter,
      excerpt: this.#excerpt,
      durationMs: Math.round(this.#now() - this.#startedAt),
    };
    this.#done(this, result, isWhole);
  }
}

/** Why an answer did not come, from the error that undici gives. */
function codeOf(error: Error & { readonly code?: unknown }): AttemptError {
  if (error instanceof ConnectError) return error.errorCode;
  const code = typeof error.code === "string" ? error.code : "";
  if (error instanceof errors.HTTPParserError || BAD_RESPONSES.has(code)) return "bad_response";
  // undici's words for a status that nobody may answer with here: 101, or an answer without a request.
  if (error.message === "bad response" || error.message === "bad upgrade") return "bad_response";
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") return "stopped";
  return code === "UND_ERR_SOCKET" || RESETS.has(code) ? "reset" : "unsendable";
}

const BAD_RESPONSES = new Set(["UND_ERR_HEADERS_OVERFLOW", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"]);
const RESETS = new Set([
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
]);
