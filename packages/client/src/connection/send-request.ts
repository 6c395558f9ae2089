import { openDeadline, pause } from "./deadline.ts";
import type { RequestOptions, Settings } from "./read-options.ts";
import { isRedirect, readRefusal, redirected } from "./read-refusal.ts";
import { mayRetry, retryDelay } from "./retry.ts";
import { TriggersError } from "./triggers-error.ts";

export interface Wish {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From `/v1` on, with its query. */
  readonly path: string;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it may be sent again when nobody knows what became of it. */
  readonly isRepeatable: boolean;
  /** ms that the server may wait on purpose. */
  readonly waitMs?: number;
  /** An abort no longer counts once the answer has begun to arrive: it hands something over. */
  readonly keepsAnswer?: boolean;
  readonly options: RequestOptions;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** Sends a request, again where that may help; gives the answer if it is a success. */
export type SendRequest = (wish: Wish) => Promise<Answer>;

export function makeSendRequest(settings: Settings): SendRequest {
  return async (wish) => {
    const { options } = wish;
    const { signal } = options;
    const waitMs = wish.waitMs ?? 0;
    const endsAt = performance.now() + (options.timeoutMs ?? settings.timeoutMs) + waitMs;
    const attemptMs = (options.attemptTimeoutMs ?? settings.attemptTimeoutMs) + waitMs;
    const maxRetries = options.maxRetries ?? settings.maxRetries;
    const headers = headersOf(settings, wish);
    for (let attempt = 1; ; attempt++) {
      try {
        const ms = Math.min(attemptMs, endsAt - performance.now());
        return await sendOnce(settings, wish, { headers, ms });
      } catch (error) {
        if (signal?.aborted === true || !(error instanceof TriggersError)) throw error;
        error.attempts = attempt;
        const delay = retryDelay(settings, attempt, error.retryAfterMs);
        const isOver = attempt > maxRetries || performance.now() + delay >= endsAt;
        if (isOver || !mayRetry(error, wish.isRepeatable)) throw error;
        await pause(delay, signal);
      }
    }
  };
}

/** Made before the first attempt: a header that cannot be sent is a fault of the caller, no network error. */
export function headersOf(
  { authorization, headers: own }: Settings,
  { body, headers, options }: Pick<Wish, "body" | "headers" | "options">,
): Headers {
  const contentType = body === undefined ? {} : { "content-type": "application/json" };
  return new Headers({ ...own, ...options.headers, ...contentType, ...headers, authorization });
}

async function sendOnce(
  settings: Settings,
  { method, path, body, keepsAnswer, options }: Wish,
  { headers, ms }: { readonly headers: Headers; readonly ms: number },
): Promise<Answer> {
  const deadline = openDeadline(options.signal, ms);
  try {
    const response = await settings.fetch(`${settings.base}${path}`, {
      method,
      headers,
      redirect: "manual",
      signal: deadline.signal,
      ...(body === undefined ? {} : { body }),
    });
    if (isRedirect(response)) throw await redirected(response);
    if (keepsAnswer === true && response.ok) deadline.forgetCaller();
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw readRefusal(response, textOf(bytes));
    return { status: response.status, headers: response.headers, bytes };
  } catch (error) {
    if (error instanceof TriggersError) throw error;
    if (deadline.isOver()) throw timedOut(error);
    options.signal?.throwIfAborted();
    throw connectionFailed(error);
  } finally {
    deadline.close();
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

function timedOut(cause: unknown): TriggersError {
  const detail = "The server did not answer in time. Try again, or allow more time with `attemptTimeoutMs`.";
  return new TriggersError({ code: "timeout", detail, cause });
}

export function connectionFailed(cause: unknown): TriggersError {
  const detail =
    "No answer: the connection failed or broke. Check `baseUrl` and the network, then try again.";
  return new TriggersError({ code: "connection_failed", detail, cause });
}
