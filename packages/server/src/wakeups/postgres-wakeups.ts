import { makeLocalWakeups } from "./local-wakeups.ts";
import { openChannel } from "./open-channel.ts";
import type { Topic, Wakeups } from "./wakeups.ts";

const CHANNEL = "triggers_wakeups";

/** A node sends at most twenty messages a second: each NOTIFY takes a lock that all of a database's share, for the length of its commit. */
const PAUSE_MS = 50;
/** PostgreSQL takes less than 8,000. Topics are ASCII. */
const MOST_MESSAGE_BYTES = 7_900;
/** Topics that wait to be sent; more are left to those who look by themselves. */
const MOST_WAITING = 10_000;

/**
 * Wake-ups between all nodes on one database. Within this node they work at once, also without a connection; other nodes hear them through NOTIFY, sent
 * beside the transactions that they tell of.
 */
export function openPostgresWakeups({
  url,
  onError,
}: {
  readonly url: string;
  readonly onError: (error: unknown) => void;
}): Wakeups {
  const local = makeLocalWakeups();
  const channel = openChannel({
    ...{ url, name: CHANNEL, onError },
    hear: (message) => {
      for (const topic of message.split(" ")) local.wake(topic as Topic);
    },
  });
  const outbox = makeOutbox((message) => channel.send(message));
  return {
    ...local,
    wake(topic) {
      local.wake(topic);
      outbox.put(topic);
    },
    async close() {
      outbox.close();
      await channel.close();
      await local.close();
    },
  };
}

/** Gathers topics into messages: the first goes as soon as the running work is done, then one each pause. */
function makeOutbox(send: (message: string) => void) {
  const waiting = new Set<Topic>();
  let isPausing = false;
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    isPausing = waiting.size > 0;
    if (!isPausing) return;
    send(takeMessage(waiting));
    timer = setTimeout(flush, PAUSE_MS).unref();
  };
  return {
    put(topic: Topic) {
      if (waiting.size < MOST_WAITING) waiting.add(topic);
      if (isPausing) return;
      isPausing = true;
      setImmediate(flush);
    },
    close() {
      isPausing = true;
      waiting.clear();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** As many topics as fit into one message, in the order they came. */
function takeMessage(waiting: Set<Topic>): string {
  let message = "";
  for (const topic of waiting) {
    if (message.length + topic.length >= MOST_MESSAGE_BYTES) break;
    message += message === "" ? topic : ` ${topic}`;
    waiting.delete(topic);
  }
  return message;
}
