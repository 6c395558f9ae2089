import { lookup as lookupBySystem } from "node:dns";
import { Agent } from "undici";
import { parseNetworks } from "../domain/judge-address.ts";
import { Attempt } from "./attempt.ts";
import { makeConnector } from "./connect.ts";
import { openDeadlineSweep } from "./deadline-sweep.ts";
import { makeResolver } from "./resolve-name.ts";
import type { Sender, SenderOptions } from "./sender.ts";

/** More of one origin wait in line; their deadline runs. */
const CONNECTIONS_PER_ORIGIN = 1_024;
/** An idle connection is kept so long, or shorter if the endpoint says so; most servers keep theirs for 5 s or more. */
const IDLE_MS = 4_000;
const LONGEST_IDLE_MS = 30_000;
/** An answer with more of them is a fault. */
const HEADER_BYTES = 64 * 1024;

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
