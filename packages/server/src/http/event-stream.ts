import type { ServerResponse } from "node:http";

/** Bytes that may be on their way to a reader; one event more comes on top. */
const BEHIND_BYTES = 1024 * 1024;
/** So long a reader with more than that before it has time to take it. */
const CATCH_UP_MS = 5_000;

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-store",
  // Proxies that gather answers would hold events back.
  "x-accel-buffering": "no",
};

/** One answer of server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface EventStream {
  /** `data`: JSON on one line. Resolves when the reader may be sent more. */
  event(id: string, data: Buffer): Promise<void>;
  /** Keeps the connection. Without data no event comes of it, but the reader resumes from this `id` from now on. */
  heartbeat(id: string): Promise<void>;
  end(): void;
}

/** Begins the stream. A reader that does not keep up is closed, which aborts `signal` like any other leave-taking. */
export function openEventStream(
  response: ServerResponse,
  headers: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): EventStream {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.writeHead(200, HEADERS);
  const room = (): Promise<void> =>
    response.writableLength > BEHIND_BYTES ? untilTaken(response, signal) : Promise.resolve();
  return {
    event: (id, data) => {
      response.write(`id: ${id}\nevent: event\ndata: `);
      response.write(data);
      response.write("\n\n");
      return room();
    },
    heartbeat: (id) => {
      response.write(`: heartbeat\nid: ${id}\n\n`);
      return room();
    },
    end: () => {
      response.end();
    },
  };
}

function untilTaken(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), CATCH_UP_MS);
    const goOn = (): void => {
      clearTimeout(timer);
      response.off("drain", goOn);
      response.off("close", goOn);
      signal.removeEventListener("abort", goOn);
      resolve();
    };
    response.once("drain", goOn);
    response.once("close", goOn);
    signal.addEventListener("abort", goOn);
  });
}
