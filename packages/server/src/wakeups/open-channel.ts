import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { makeRest, type Rest } from "./make-rest.ts";

/** Messages between all nodes on one database, by LISTEN and NOTIFY. Some may be lost: while the connection is down, all are. */
export interface Channel {
  /** To the other nodes; a node does not hear itself. */
  send(message: string): void;
  close(): Promise<void>;
}

export interface ChannelParts {
  readonly url: string;
  readonly name: string;
  readonly hear: (message: string) => void;
  /** A connection failed or broke; another one is tried. */
  readonly onError: (error: unknown) => void;
}

interface Line {
  /** While it listens. */
  client: Client | null;
  readonly rest: Rest;
}

const CONNECT_MS = 5_000;
/** A message that takes longer tells that the connection is dead. */
const SEND_MS = 5_000;

/**
 * Keeps one connection that listens, and opens another one whenever it breaks. A pooler that lends connections by the transaction lets nothing through; then
 * nothing is heard, and nothing else goes wrong.
 */
export function openChannel(parts: ChannelParts): Channel {
  const line: Line = { client: null, rest: makeRest() };
  const closing = new AbortController();
  const running = keepListening(parts, line, closing.signal);
  return {
    send(message) {
      const { client } = line;
      // What fails here ends the connection, which `listen` tells.
      client?.query("SELECT pg_notify($1, $2)", [parts.name, message]).catch(() => client.end());
    },
    close() {
      closing.abort();
      return running;
    },
  };
}

async function keepListening(parts: ChannelParts, line: Line, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    try {
      await listen(parts, line, closing);
      if (!closing.aborted) throw new Error("The connection that listens for wake-ups has ended.");
    } catch (error) {
      parts.onError(error);
    }
    const restMs = line.rest.after(false);
    await sleep(restMs, undefined, { signal: closing, ref: false }).catch(() => undefined);
  }
}

/** One connection, from its opening to its end. */
async function listen({ url, name, hear }: ChannelParts, line: Line, closing: AbortSignal): Promise<void> {
  const client = new Client({
    ...{ connectionString: url, application_name: "triggers wake-ups", keepAlive: true },
    ...{ connectionTimeoutMillis: CONNECT_MS, query_timeout: SEND_MS },
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined);
  const stop = () => resolve();
  client.once("end", stop).on("error", reject);
  closing.addEventListener("abort", stop);
  let ownPid = 0;
  client.on("notification", ({ processId, payload = "" }) => {
    if (processId !== ownPid) hear(payload);
  });
  try {
    await client.connect();
    ownPid = (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows[0]?.pid ?? 0;
    await client.query(`LISTEN ${name}`);
    line.client = client;
    line.rest.after(true);
    await ended;
  } finally {
    line.client = null;
    closing.removeEventListener("abort", stop);
    // Not waited for: a dead connection would not answer.
    client.end().catch(() => undefined);
  }
}
