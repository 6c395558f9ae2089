import { GetQueueUrlCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSqsWakeups } from "./sqs-wakeups.ts";
import type { Topic, Wakeups } from "./wakeups.ts";

const WORK: Topic = "deliveries:work";
const REGION = "eu-central-1";

let server: FauxqsServer;
let client: SQSClient;
let made = 0;
let queue = "";
const nodes: Wakeups[] = [];
const errors: unknown[] = [];

beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID ??= "test";
  process.env.AWS_SECRET_ACCESS_KEY ??= "test";
  server = await startFauxqs({ port: 0, logger: false });
  client = new SQSClient({ region: REGION, endpoint: server.address });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});
beforeEach(() => {
  errors.length = 0;
  queue = `wakeups-${++made}`;
  server.createQueue(queue, { region: REGION });
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

async function openNode(): Promise<Wakeups> {
  const place = { region: REGION, queue, endpoint: server.address };
  const node = await openSqsWakeups({ place, onError: (error) => errors.push(error) });
  nodes.push(node);
  return node;
}

function nextOf(node: Wakeups, topic: Topic): Promise<void> {
  return new Promise((resolve) => {
    const stop = node.listen(topic, () => {
      stop();
      resolve();
    });
  });
}

/** Puts a message into the queue as another node would. */
async function put(...bodies: readonly string[]): Promise<void> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue }));
  for (const MessageBody of bodies) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

describe("wake-ups through SQS", () => {
  test("reach those who wait on the same node at once, and one that receives them from another", async () => {
    const [here, there] = [await openNode(), await openNode()];
    let heard = 0;
    here.listen("deliveries:own", () => {
      heard += 1;
    });
    here.wake("deliveries:own");
    expect(heard).toBe(1);
    // One of the two gets each message.
    const woken = nextOf(there, WORK);
    const again = setInterval(() => here.wake(WORK), 100);
    await woken;
    clearInterval(again);
    expect(errors).toEqual([]);
  });

  test("that come twice, disordered or unreadable wake, and nothing else happens", async () => {
    const node = await openNode();
    const heard: Topic[] = [];
    const all = new Promise<void>((resolve) => {
      node.listenAll((topic) => {
        heard.push(topic);
        if (topic === "deliveries:last") resolve();
      });
    });
    await put(`${WORK} ${WORK}`, " ", "{no topic}", "feed:project", "deliveries:last");
    await all;
    expect(new Set(heard)).toEqual(new Set([WORK, "deliveries:last"]));
    expect(errors).toEqual([]);
  });

  test("that are lost leave nobody behind: the next one wakes", async () => {
    const node = await openNode();
    await put("deliveries:lost");
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue }));
    await client.send(new PurgeQueueCommand({ QueueUrl }));
    const woken = nextOf(node, WORK);
    await put(WORK);
    await woken;
  });

  test("of what every node has to hear are not sent", async () => {
    const [here, there] = [await openNode(), await openNode()];
    const heard: Topic[] = [];
    there.listenAll((topic) => heard.push(topic));
    for (const topic of ["feed:p", "subscription:p:s"] as const) here.wake(topic);
    const woken = nextOf(there, WORK);
    const again = setInterval(() => here.wake(WORK), 100);
    await woken;
    clearInterval(again);
    expect(new Set(heard)).toEqual(new Set([WORK]));
  });

  test("of many in a second become at most ten messages", async () => {
    const alone = await openNode();
    const seconds = 1.5;
    const endsAt = performance.now() + seconds * 1_000;
    let count = 0;
    alone.listen("deliveries:counted", () => {
      count += 1;
    });
    let woken = 0;
    while (performance.now() < endsAt) {
      alone.wake("deliveries:counted");
      woken += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    alone.wake("deliveries:end");
    // It hears itself, since nobody else receives: once by itself, once through the queue.
    await nextOf(alone, "deliveries:end");
    expect(count - woken).toBeGreaterThan(0);
    expect(count - woken).toBeLessThanOrEqual(10 * seconds + 1);
  });

  test("work within the node when the queue is gone, which is told of, and beyond it once it is there again", async () => {
    server.deleteQueue(queue, { region: REGION });
    const node = await openNode();
    let heard = 0;
    node.listen(WORK, () => {
      heard += 1;
    });
    node.wake(WORK);
    expect(heard).toBe(1);
    await expect.poll(() => errors.length, { timeout: 10_000 }).toBeGreaterThan(0);
    server.createQueue(queue, { region: REGION });
    const woken = nextOf(node, "deliveries:back");
    await put("deliveries:back");
    await woken;
  });
});
