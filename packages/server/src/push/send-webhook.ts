import { lookup as lookupBySystem } from "node:dns";
import type { AttemptResult } from "../domain/attempt-result.ts";
import { parseNetworks } from "../domain/judge-address.ts";
import { Attempt } from "./attempt.ts";
import { makeConnector } from "./connect.ts";
import { openDeadlineSweep } from "./deadline-sweep.ts";
import { HEAD_BYTES } from "./limit-head.ts";
import { type ConnectionOptions, openConnections } from "./open-connections.ts";
import { makeResolver } from "./resolve-name.ts";
import type { Sender, SenderOptions, WebhookRequest } from "./sender.ts";

/** An idle connection is kept so long, or shorter if the endpoint says so; most servers keep theirs for 5 s or more. */
const IDLE_MS = 4_000;
const LONGEST_IDLE_MS = 30_000;

/**
 * Opens the sender of a process. Connections are kept alive for each origin; an origin without any is forgotten, so that dead endpoints cost no memory. A request that hangs costs about 25 KB, of which
 * 9 KB on the heap.
 */
export function openSender(options: SenderOptions): Sender {
  const now = (): number => performance.now();
  const connections = openConnections(clientOptions(options, now));
  const sweep = openDeadlineSweep<Attempt>(options.sweepMs ?? 100, now);
  let isClosed = false;

  function send(request: WebhookRequest): Promise<AttemptResult> {
    const { target, headers, body, timeoutMs } = request;
    return new Promise((resolve) => {
      const connection = isClosed ? null : connections.take(target.origin);
      const attempt = new Attempt(timeoutMs, {
        now,
        done: (ended, result, isWhole) => {
          sweep.delete(ended);
          if (connection !== null) connections.giveBack(target.origin, connection, isWhole);
          resolve(result);
        },
      });
      if (connection === null) return attempt.end("stopped");
      connection.answering = attempt;
      sweep.add(attempt);
      connection.client.dispatch({ path: target.path, method: "POST", headers, body }, attempt);
    });
  }

  return {
    send,
    running: () => sweep.size(),
    origins: () => connections.origins(),
    close: async () => {
      isClosed = true;
      for (const attempt of sweep.items()) attempt.end("stopped");
      sweep.close();
      await connections.destroy();
    },
  };
}

function clientOptions(options: SenderOptions, now: () => number): ConnectionOptions {
  const connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  const lookup = makeResolver({
    lookup: options.lookup ?? ((hostname, how, callback) => lookupBySystem(hostname, how, callback)),
    now,
    quickMs: 1_000,
    slowAtOnce: 1,
    waitMs: connectTimeoutMs,
  });
  return {
    connect: makeConnector({
      allowed: parseNetworks(options.allowNetworks),
      lookup,
      timeoutMs: connectTimeoutMs,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    }),
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: LONGEST_IDLE_MS,
    // Never reached: the socket ends before.
    maxHeaderSize: 2 * HEAD_BYTES,
    // Ours is the one deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}
