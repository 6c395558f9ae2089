import type { AttemptResult } from "../../domain/attempt-result.ts";
import { parseDeliveryId } from "../../domain/ids.ts";
import type { Sender, WebhookRequest } from "../../push/sender.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** How an endpoint answers. `flaky`, `ill`: now and then or always slowly, with errors, or not at all. `silent`: never. `gone`: with 410. */
export type EndpointMode = "well" | "flaky" | "ill" | "silent" | "gone";

/** The endpoints out there and the way to them. */
export interface Wire {
  connect(machine: Machine): Sender;
  setMode(url: string, mode: EndpointMode): void;
  modeOf(url: string): EndpointMode;
}

export interface WireEvents {
  /** A request began. */
  onRequest(deliveryName: string): void;
  /** An endpoint has it; it may answer or not. */
  onArrival(deliveryName: string): void;
}

type Fate = Pick<AttemptResult, "statusCode" | "errorCode" | "retryAfter"> & {
  readonly arrives: boolean;
  readonly ms: number;
};

const NOTHING = new Uint8Array(0);
const LATEST_ARRIVAL_MS = 20;

export function makeWire(world: World, events: WireEvents): Wire {
  const modes = new Map<string, EndpointMode>();
  const modeOf = (url: string) => modes.get(url) ?? "well";
  return {
    modeOf,
    setMode(url, mode) {
      world.trace.note(`${url} is ${mode}`);
      modes.set(url, mode);
    },
    connect(machine) {
      const running = new Set<(result: AttemptResult) => void>();
      return {
        send(request) {
          const url = request.target.origin + request.target.path;
          const fate = drawFate(world.random, modeOf(url), request.timeoutMs);
          return send({ world, events, machine, running }, { request, url, fate });
        },
        running: () => running.size,
        origins: () => 0,
        async close() {
          for (const end of running) end({ ...STOPPED, excerpt: NOTHING, durationMs: 0 });
        },
      };
    },
  };
}

interface Line {
  readonly world: World;
  readonly events: WireEvents;
  readonly machine: Machine;
  readonly running: Set<(result: AttemptResult) => void>;
}

interface Sent {
  readonly request: WebhookRequest;
  readonly url: string;
  readonly fate: Fate;
}

function send(
  { world, events, machine, running }: Line,
  { request, url, fate }: Sent,
): Promise<AttemptResult> {
  const { scheduler, random, trace } = world;
  const startedAt = scheduler.now();
  const name = nameIn(request.headers);
  const { statusCode, errorCode, retryAfter, ms } = fate;
  events.onRequest(name);
  if (fate.arrives)
    scheduler.after(random.between(0, Math.min(LATEST_ARRIVAL_MS, ms)), () => {
      trace.note(`${url} arrival`, () => name);
      events.onArrival(name);
    });
  return new Promise((resolve) => {
    const end = (result: AttemptResult) => {
      running.delete(end);
      resolve(result);
    };
    running.add(end);
    machine.post(ms, () => {
      trace.note(`${machine.name} answer`, () => `${name} ${statusCode ?? errorCode}`);
      end({ statusCode, errorCode, retryAfter, excerpt: NOTHING, durationMs: scheduler.now() - startedAt });
    });
  });
}

/** The delivery that a request is about. */
function nameIn(headers: readonly string[]): string {
  const key = parseDeliveryId(headers[headers.indexOf("webhook-id") + 1] ?? "");
  return key === null ? "" : `${key.eventId}/${key.subscriptionId}/${key.cause}`;
}

function drawFate(random: Random, mode: EndpointMode, timeoutMs: number): Fate {
  const ms = random.between(LATEST_ARRIVAL_MS, 2 * LATEST_ARRIVAL_MS);
  if (mode === "well") return { ...OK, ms };
  if (mode === "gone") return { ...OK, statusCode: 410, ms };
  if (mode === "silent") return { ...TIMEOUT, ms: timeoutMs };
  const taken = random.chance(0.2) ? random.between(LATEST_ARRIVAL_MS, timeoutMs) : ms;
  if (mode === "flaky" && random.chance(0.6)) return { ...OK, ms: taken };
  return random.chance(0.2) ? { ...TIMEOUT, ms: timeoutMs } : { ...random.pick(FAULTS), ms: taken };
}

const OK = { arrives: true, statusCode: 200, errorCode: null, retryAfter: null };
const TIMEOUT = { arrives: true, statusCode: null, errorCode: "timeout", retryAfter: null } as const;
const STOPPED = { statusCode: null, errorCode: "stopped", retryAfter: null } as const;

/** The answer is lost, there is no connection, or the endpoint does not want it. */
const FAULTS = [
  { arrives: true, statusCode: null, errorCode: "reset", retryAfter: null },
  { arrives: false, statusCode: null, errorCode: "refused", retryAfter: null },
  { arrives: true, statusCode: 500, errorCode: null, retryAfter: null },
  { arrives: true, statusCode: 404, errorCode: null, retryAfter: null },
  { arrives: true, statusCode: 429, errorCode: null, retryAfter: "2" },
] as const;
