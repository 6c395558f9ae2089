import { once } from "node:events";
import { createServer } from "node:net";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../store/postgres/testing/open-test-database.ts";
import { openPostgresWakeups } from "./postgres-wakeups.ts";
import type { Topic, Wakeups } from "./wakeups.ts";

const WORK: Topic = "deliveries:work";

let database: TestDatabase;
let operator: Client;
const nodes: Wakeups[] = [];
const errors: unknown[] = [];

beforeAll(async () => {
  database = await openTestDatabase({ isEmpty: true });
  operator = new Client({ connectionString: database.url });
  await operator.connect();
});
afterAll(async () => {
  await operator.end();
  await database.release();
});
beforeEach(() => {
  errors.length = 0;
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

function openNode(url = database.url): Wakeups {
  const node = openPostgresWakeups({ url, onError: (error) => errors.push(error) });
  nodes.push(node);
  return node;
}

/** Wakes until it is heard: a node's connection takes a moment to listen. */
async function wakeUntilHeard(from: Wakeups, to: Wakeups, topic: Topic): Promise<void> {
  const heard = nextOf(to, topic);
  const again = setInterval(() => from.wake(topic), 20);
  await heard;
  clearInterval(again);
}

function nextOf(node: Wakeups, topic: Topic): Promise<void> {
  return new Promise((resolve) => {
    const stop = node.listen(topic, () => {
      stop();
      resolve();
    });
  });
}

/** Two nodes that hear each other. */
async function openPair(): Promise<readonly [Wakeups, Wakeups]> {
  const pair = [openNode(), openNode()] as const;
  await wakeUntilHeard(pair[0], pair[1], "feed:ready");
  await wakeUntilHeard(pair[1], pair[0], "feed:ready");
  return pair;
}

async function countMessages(during: () => Promise<void>): Promise<number> {
  let count = 0;
  const listener = new Client({ connectionString: database.url });
  await listener.connect();
  listener.on("notification", ({ payload = "" }) => {
    if (payload.includes("counted")) count += 1;
  });
  await listener.query("LISTEN triggers_wakeups");
  await during();
  await listener.query("SELECT 1");
  await listener.end();
  return count;
}

describe("wake-ups through the database", () => {
  test("reach those who wait on another node, by topic and for all topics", async () => {
    const [here, there] = await openPair();
    const heard: Topic[] = [];
    there.listenAll((topic) => heard.push(topic));
    const woken = Promise.all([nextOf(there, WORK), nextOf(there, "subscription:project:webhook")]);
    here.wake(WORK);
    here.wake("subscription:project:webhook");
    await woken;
    expect(heard.filter((topic) => topic !== "feed:ready")).toEqual([WORK, "subscription:project:webhook"]);
  });

  test("reach those who wait on the same node at once, and once only", async () => {
    const [here, there] = await openPair();
    let heard = 0;
    here.listen(WORK, () => {
      heard += 1;
    });
    here.wake(WORK);
    expect(heard).toBe(1);
    await nextOf(there, WORK);
    // Whatever the database told of it has arrived when a later message has.
    await wakeUntilHeard(there, here, "feed:later");
    expect(heard).toBe(1);
  });

  test("of many in a second become at most twenty messages", async () => {
    const [here, there] = await openPair();
    const seconds = 1.5;
    const count = await countMessages(async () => {
      const endsAt = performance.now() + seconds * 1_000;
      while (performance.now() < endsAt) {
        here.wake("feed:counted");
        await new Promise((resolve) => setImmediate(resolve));
      }
      here.wake("feed:last");
      await nextOf(there, "feed:last");
    });
    expect(count).toBeGreaterThan(2);
    expect(count).toBeLessThanOrEqual(20 * seconds + 1);
  });

  test("of more topics than a message holds all arrive", async () => {
    const [here, there] = await openPair();
    const topics = Array.from(
      { length: 1_000 },
      (_, index): Topic => `deliveries:${index}-${"x".repeat(36)}`,
    );
    const heard = new Set<Topic>();
    const all = new Promise<void>((resolve) => {
      there.listenAll((topic) => {
        heard.add(topic);
        if (topics.every((one) => heard.has(one))) resolve();
      });
    });
    for (const topic of topics) here.wake(topic);
    await all;
  });

  test("go on after the connection was cut, and the cut is told of", async () => {
    const [here, there] = await openPair();
    await operator.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'triggers wake-ups'",
    );
    await wakeUntilHeard(here, there, WORK);
    await wakeUntilHeard(there, here, WORK);
    expect(errors.length).toBeGreaterThan(0);
  });

  test("work within the node where no connection is to be had", async () => {
    const closed = await openNowhere();
    const alone = openNode(closed.url);
    await closed.refused;
    let heard = 0;
    alone.listen(WORK, () => {
      heard += 1;
    });
    alone.wake(WORK);
    expect(heard).toBe(1);
    await closed.close();
  });
});

/** A server that hangs up on everybody. */
async function openNowhere() {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const refused = once(server, "connection");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/none`,
    refused,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
