import { startTimer } from "../connection/deadline.ts";
import type { Settings } from "../connection/read-options.ts";
import { isRedirect, readRefusal, redirected } from "../connection/read-refusal.ts";
import { connectionFailed, headersOf } from "../connection/send-request.ts";
import { TriggersError } from "../connection/triggers-error.ts";
import { readSse, type SseBlock } from "./read-sse.ts";

/** What comes out of one connection: blocks, and at last why it ended. */
export type StreamItem =
  | { readonly kind: "block"; readonly block: SseBlock }
  | { readonly kind: "ended"; readonly error: TriggersError };

/** The server sends a heartbeat each 15 s; a connection that is silent so long is dead. */
const SILENT_MS = 45_000;

interface StreamWish {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

export async function* openStream(settings: Settings, wish: StreamWish): AsyncGenerator<StreamItem, void> {
  const { path, headers, signal } = wish;
  const sent = headersOf(settings, { body: undefined, headers, options: {} });
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let timer = startTimer(abort, settings.attemptTimeoutMs);
  const keepWatch = (): void => {
    clearTimeout(timer);
    timer = startTimer(abort, SILENT_MS);
  };
  signal?.addEventListener("abort", abort);
  try {
    const response = await settings.fetch(`${settings.base}${path}`, {
      ...{ headers: sent, redirect: "manual", signal: controller.signal },
    });
    if (isRedirect(response)) throw await redirected(response);
    if (!response.ok || response.body === null) throw readRefusal(response, await response.text());
    keepWatch();
    for await (const block of readSse(response.body, keepWatch)) yield { kind: "block", block };
    yield { kind: "ended", error: connectionFailed(undefined) };
  } catch (error) {
    yield { kind: "ended", error: error instanceof TriggersError ? error : connectionFailed(error) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    abort();
  }
}
