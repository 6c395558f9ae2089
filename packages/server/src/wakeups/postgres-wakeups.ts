import { makeLocalWakeups } from "./local-wakeups.ts";
import { makeOutbox } from "./make-outbox.ts";
import { openChannel } from "./open-channel.ts";
import type { Topic, Wakeups } from "./wakeups.ts";

const CHANNEL = "triggers_wakeups";

/** A node sends at most twenty messages a second: each NOTIFY takes a lock that all of a database's share, for the length of its commit. */
const PAUSE_MS = 50;
/** PostgreSQL takes less than 8,000. */
const MOST_MESSAGE_BYTES = 7_900;

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
  const outbox = makeOutbox({
    ...{ pauseMs: PAUSE_MS, mostBytes: MOST_MESSAGE_BYTES },
    send: (message) => {
      channel.send(message);
      return 0;
    },
  });
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
