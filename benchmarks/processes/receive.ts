import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { NumberedPayload } from "../load/event-text.ts";
import { monotonicMs } from "../monotonic.ts";
import { type Latency, summarize } from "../summary.ts";
import { makeMessageReader } from "../wire/message-reader.ts";
import { answerParent } from "./answer-parent.ts";

export type ReceiverInput =
  /** Forgets what came. */
  | { readonly do: "reset" }
  /** Answers when so many different events came, or when nothing new has come for `stallMs`. */
  | { readonly do: "wait"; readonly events: number; readonly stallMs: number }
  | { readonly do: "report" };

export interface Received {
  readonly url: string;
  readonly arrivals: number;
  /** Different events among them. */
  readonly events: number;
  /** On the machine's monotonic clock: the last event that had not come before. */
  readonly lastNewMs: number;
  /** From the time the POST of the event was due until its webhook was here whole. */
  readonly latency: Latency;
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const LOOK_MS = 5;

/** An endpoint for webhooks of format `payload`; with `--hangs` it takes requests and never answers. */
const hangs = process.argv.includes("--hangs");
let arrivals = 0;
let lastNewMs = 0;
let latenciesMs: number[] = [];
const seen = new Set<string>();

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  if (hangs) {
    socket.resume();
    return;
  }
  socket.on(
    "data",
    makeMessageReader(({ body }) => {
      note(body);
      socket.write(OK, "latin1");
    }),
  );
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 });
await once(server, "listening");
const { port } = server.address() as AddressInfo;

function note(body: Buffer): void {
  const now = monotonicMs();
  const { n, sent_at } = JSON.parse(body.toString()) as NumberedPayload;
  arrivals += 1;
  if (seen.has(n)) return;
  seen.add(n);
  lastNewMs = now;
  latenciesMs.push(now - Number(sent_at));
}

answerParent(async (input: ReceiverInput): Promise<Received> => {
  if (input.do === "reset") {
    arrivals = 0;
    latenciesMs = [];
    seen.clear();
  }
  if (input.do === "wait") await waitFor(input.events, input.stallMs);
  return {
    url: `http://127.0.0.1:${port}`,
    ...{ arrivals, events: seen.size, lastNewMs, latency: summarize(latenciesMs) },
  };
});

function waitFor(events: number, stallMs: number): Promise<void> {
  const began = monotonicMs();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const isStalled = monotonicMs() - Math.max(began, lastNewMs) > stallMs;
      if (seen.size < events && !isStalled) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
  });
}
