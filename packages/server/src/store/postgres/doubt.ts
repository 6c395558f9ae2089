import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { isServerAnswer } from "./translate-errors.ts";

/** A server that did not answer in time is asked on a connection of its own; whoever comes meanwhile waits so long for its answer, and is refused then. */
const GRACE_MS = 150;
const PROBE_MS = 1_750;
const PROBE_PAUSE_MS = 250;

/** What a server is asked that is doubted: whether it answers at all, … */
const ANSWERS = "SELECT 1";
/** … and whether what it writes gets on its disk, which may stand still while all that is read is in memory. No table is touched; any role may say it. */
export const WRITES = "SELECT pg_logical_emit_message(true, 'triggers', '')";

/** Whether a server answers. Raised by whoever waited in vain; it ends when the server has answered. */
export interface Doubt {
  isRaised(): boolean;
  /** False if it goes on. */
  isOverSoon(): Promise<boolean>;
  raise(): void;
  /** Each time, also when it was raised before. */
  whenRaised(run: () => void): void;
  close(): void;
}

export function makeDoubt(url: string, question = ANSWERS): Doubt {
  const listeners: (() => void)[] = [];
  const closing = new AbortController();
  let probing: Promise<void> | null = null;
  return {
    isRaised: () => probing !== null,
    isOverSoon: () => (probing === null ? Promise.resolve(true) : isOverSoon(probing)),
    raise() {
      for (const run of listeners) run();
      probing ??= probe(url, question, closing.signal).finally(() => {
        probing = null;
      });
    },
    whenRaised: (run) => void listeners.push(run),
    close: () => closing.abort(),
  };
}

/** Raised together; over when both are. */
export function joinDoubts(one: Doubt, other: Doubt): Doubt {
  const both = [one, other];
  return {
    isRaised: () => both.some((doubt) => doubt.isRaised()),
    isOverSoon: async () => (await Promise.all(both.map((doubt) => doubt.isOverSoon()))).every(Boolean),
    raise: () => {
      for (const doubt of both) doubt.raise();
    },
    whenRaised: (run) => {
      for (const doubt of both) doubt.whenRaised(run);
    },
    close: () => {
      for (const doubt of both) doubt.close();
    },
  };
}

/** Resolves when the server answers on a connection of its own, be it with a refusal, or nobody asks any more. */
async function probe(url: string, question: string, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    const client = new Client({
      ...{ connectionString: url, application_name: "triggers", keepAlive: true },
      ...{ connectionTimeoutMillis: PROBE_MS, query_timeout: PROBE_MS },
    });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query(question);
      return;
    } catch (error) {
      if (isServerAnswer(error)) return;
      await sleep(PROBE_PAUSE_MS, undefined, { ref: false });
    } finally {
      client.end().catch(() => {});
    }
  }
}

function isOverSoon(probing: Promise<void>): Promise<boolean> {
  return Promise.race([probing.then(() => true), sleep(GRACE_MS, false, { ref: false })]);
}
