import { setTimeout as delay } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { openReceiver } from "../../packages/server/src/push/testing/open-receiver.ts";
import { type Client, connect } from "../harness/client.ts";
import type { Pressed, PressWish } from "./open-press.ts";

// A thread of its own: what these callers do must not delay the measuring of another.
const EVENT = { type: "press", payload: { text: "x".repeat(200) } };

/** What is due within it goes out together. */
const STEP_MS = 5;

async function post(client: Client, statuses: number[]): Promise<void> {
  const { status } = await client.send("POST", "/v1/events", { body: EVENT });
  statuses.push(status);
}

/** As many posts a second as are wished, whatever comes back. */
async function press(client: Client, perSecond: number, until: { isOver: boolean }): Promise<number[]> {
  const statuses: number[] = [];
  const posts: Promise<void>[] = [];
  const began = performance.now();
  while (!until.isOver) {
    const due = ((performance.now() - began) * perSecond) / 1_000;
    while (posts.length < due) posts.push(post(client, statuses));
    await delay(STEP_MS);
  }
  await Promise.all(posts);
  return statuses;
}

const hanging = await openReceiver({ respond: () => {} });
const port = parentPort;
let until = { isOver: true };

port?.on("message", ({ url, callers }: PressWish) => {
  until.isOver = true;
  if (callers.length === 0) return;
  until = { isOver: false };
  const pressing = callers.map(async ({ key, perSecond }) => {
    using client = connect({ url }, key, 64);
    return await press(client, perSecond, until);
  });
  void Promise.all(pressing).then((statuses) => port.postMessage(statuses satisfies Pressed));
});
port?.postMessage(hanging.url);
