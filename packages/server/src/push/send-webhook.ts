import { lookup as lookupBySystem } from "node:dns";
import { Agent } from "undici";
import type { AttemptResult } from "../domain/attempt-result.ts";
import { parseNetworks } from "../domain/judge-address.ts";
import { Attempt } from "./attempt.ts";
import { makeConnector } from "./connect.ts";
import { openDeadlineSweep } from "./deadline-sweep.ts";
import type { Lookup } from "./guard-address.ts";
import { makeResolver } from "./resolve-name.ts";

/** Where a request goes. Made once for a URL, see `targetOf`. */
export interface Target {
  readonly origin: string;
  readonly path: string;
}

export interface WebhookRequest {
  readonly target: Target;
  /** Names and values in turn. `host`, `content-length` and `connection` are written here. */
  readonly headers: string[];
  readonly body: Uint8Array;
  /** From the call to the end of the answer, waiting for a connection included. */
  readonly timeoutMs: number;
}

export interface Sender {
  /**
   * One POST, one result, never a rejection. Redirects are answers like others. Nothing is sent to an address that is neither public nor allowed, and nothing is decompressed. An answer is read up to 64 KiB, then its
   * connection is closed.
   */
  send(request: WebhookRequest): Promise<AttemptResult>;
  /** Requests that have no result yet. */
  running(): number;
  /** Origins with a connection, or about to have one. */
  origins(): number;
  /** Ends those that run (`stopped`) and closes all connections. */
  close(): Promise<void>;
}

export interface SenderOptions {
  /** CIDRs that may be reached besides the public internet. */
  readonly allowNetworks: readonly string[];
  /** For name, TCP and TLS together. */
  readonly connectTimeoutMs?: number;
  /** How late a deadline may be. */
  readonly sweepMs?: number;
  /** Certificate authorities in PEM form instead of those that Node trusts. */
  readonly ca?: string;
  /** Instead of the system's. */
  readonly lookup?: Lookup;
}

/** More of one origin wait in line; their deadline runs. */
const CONNECTIONS_PER_ORIGIN = 1_024;
/** An idle connection is kept so long, or shorter if the endpoint says so; most servers keep theirs for 5 s or more. */
const IDLE_MS = 4_000;
const LONGEST_IDLE_MS = 30_000;
/** An answer with more of them is a fault. */
const HEADER_BYTES = 64 * 1024;

/** Origin and path of a URL that `judgeUrl` has let pass. */
export function targetOf(url: string): Target {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}

/**
 * Opens the sender of a process. Connections are kept alive for each origin; an origin without any is forgotten, so that dead endpoints cost no memory.
 */
export function openSender(options: SenderOptions): Sender {
  const now = (): number => performance.now();
  const agent = openAgent(options, now);
  const sweep = openDeadlineSweep<Attempt>(options.sweepMs ?? 100, now);

  return {
    send: ({ target, headers, body, timeoutMs }) =>
      new Promise((resolve) => {
        const attempt = new Attempt(timeoutMs, {
          now,
          done: (ended, result) => {
            sweep.delete(ended);
            resolve(result);
          },
        });
        sweep.add(attempt);
        agent.dispatch({ origin: target.origin, path: target.path, method: "POST", headers, body }, attempt);
      }),
    running: () => sweep.size(),
    origins: () => Object.keys(agent.stats).length,
    close: async () => {
      for (const attempt of sweep.items()) attempt.end("stopped");
      sweep.close();
      await agent.destroy();
    },
  };
}

function openAgent(options: SenderOptions, now: () => number): Agent {
  const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  const lookup = makeResolver({
    lookup: options.lookup ?? ((hostname, how, callback) => lookupBySystem(hostname, how, callback)),
    now,
    quickMs: 1_000,
    slowAtOnce: 1,
    waitMs: connectTimeoutMs,
  });
  return new Agent({
    connect: makeConnector({
      allowed: parseNetworks(options.allowNetworks),
      lookup,
      timeoutMs: connectTimeoutMs,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    }),
    connections: CONNECTIONS_PER_ORIGIN,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: LONGEST_IDLE_MS,
    maxHeaderSize: HEADER_BYTES,
    // Ours is the one deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}
