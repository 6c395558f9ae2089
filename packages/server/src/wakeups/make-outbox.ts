import type { Topic } from "./wakeups.ts";

/** Topics that wait to be sent; more are left to those who look by themselves. */
const MOST_WAITING = 10_000;

/** Topics on their way to other nodes. */
export interface Outbox {
  put(topic: Topic): void;
  /** Sends nothing more. */
  close(): void;
}

export interface OutboxParts {
  readonly pauseMs: number;
  /** A message is shorter. Topics are ASCII. */
  readonly mostBytes: number;
  /** Topics with blanks between them. Gives for how many ms nothing is to be sent, where that is longer than the pause; never rejects. */
  readonly send: (message: string) => number | Promise<number>;
}

/** Gathers topics into messages: the first goes as soon as the running work is done, then one each pause. */
export function makeOutbox({ pauseMs, mostBytes, send }: OutboxParts): Outbox {
  const waiting = new Set<Topic>();
  let isPausing = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | null = null;
  const flush = async () => {
    isPausing = !isClosed && waiting.size > 0;
    if (!isPausing) return;
    const restMs = await send(takeMessage(waiting, mostBytes));
    if (!isClosed) timer = setTimeout(flush, Math.max(pauseMs, restMs)).unref();
  };
  return {
    put(topic) {
      if (waiting.size < MOST_WAITING) waiting.add(topic);
      if (isPausing) return;
      isPausing = true;
      setImmediate(flush);
    },
    close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** As many topics as fit into one message, in the order they came. */
function takeMessage(waiting: Set<Topic>, mostBytes: number): string {
  let message = "";
  for (const topic of waiting) {
    if (message.length + topic.length >= mostBytes) break;
    message += message === "" ? topic : ` ${topic}`;
    waiting.delete(topic);
  }
  return message;
}
