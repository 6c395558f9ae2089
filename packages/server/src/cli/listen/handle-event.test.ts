import { once } from "node:events";
import { createServer } from "node:http";
import { type Event, parseEvent } from "@triggers/client";
import { expect, it } from "vitest";
import { freePort } from "../../store/testing/free-port.ts";
import { openForwarder } from "./forward-event.ts";
import { type Forwarded, makeHandler } from "./handle-event.ts";
import { listenSecret } from "./listen-secret.ts";
import { makeReceiverPresence } from "./receiver-presence.ts";

const BODY = '{"id":"e","type":"a.b","payload":{}}';

async function openScene(port: number) {
  const url = `http://127.0.0.1:${port}/hook`;
  const stopping = new AbortController();
  const told: string[] = [];
  const forwarded: Forwarded[] = [];
  const forwarder = openForwarder({ url, secret: listenSecret("key"), timeoutMs: 5_000 });
  const presence = makeReceiverPresence({
    ...{ url, signal: stopping.signal },
    onAway: () => told.push("away"),
    onBack: () => told.push("back"),
  });
  const handle = makeHandler({
    ...{ forwarder, presence, signal: stopping.signal, holdMs: 300 },
    bodies: { take: async () => Buffer.from(BODY) },
    onLongAway: () => told.push("long away"),
    onForwarded: (one) => forwarded.push(one),
    onGone: () => told.push("gone"),
  });
  const event: Event = parseEvent(BODY);
  return {
    ...{ stopping, told, forwarded },
    hand: async (delivery_id: string) =>
      handle(event, { delivery_id, attempt: 1, signal: new AbortController().signal }),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await forwarder[Symbol.asyncDispose]();
    },
  };
}

async function openReceiver(statuses: readonly number[]) {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(statuses[count++] ?? 500, { "retry-after": "90" }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    count: () => count,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

it("gives an event back when the receiver stays away for long", async () => {
  await using scene = await openScene(await freePort());
  expect(await scene.hand("d")).toMatchObject({ outcome: "release", delay_seconds: 1 });
  expect(scene.told).toEqual(["away", "long away"]);
  expect(scene.forwarded).toEqual([]);
});

it("gives an event back at once when it is to stop", async () => {
  await using scene = await openScene(await freePort());
  const handed = scene.hand("d");
  await expect.poll(() => scene.told).toEqual(["away"]);
  scene.stopping.abort();
  expect(await handed).toMatchObject({ outcome: "release", delay_seconds: 1 });
  expect(scene.told).toEqual(["away"]);
});

it("acknowledges a delivery that was answered before without sending it again", async () => {
  await using receiver = await openReceiver([204]);
  await using scene = await openScene(receiver.port);
  expect(await scene.hand("d")).toBeUndefined();
  expect(await scene.hand("d")).toBeUndefined();
  expect(receiver.count()).toBe(1);
});

it("acknowledges a delivery that is handed over again while it is on its way, and sends it once", async () => {
  await using receiver = await openReceiver([204]);
  await using scene = await openScene(receiver.port);
  expect(await Promise.all([scene.hand("d"), scene.hand("d")])).toEqual([undefined, undefined]);
  expect(receiver.count()).toBe(1);
  expect(scene.forwarded).toHaveLength(1);
});

it.each<[number, object | undefined, readonly string[]]>([
  [204, undefined, []],
  [299, undefined, []],
  // A redirect is an answer like others; nobody is followed.
  [302, { outcome: "release", delay_seconds: 90, reason: "http_302" }, []],
  [429, { outcome: "release", delay_seconds: 90, reason: "http_429" }, []],
  [410, { outcome: "release", delay_seconds: 1, reason: "http_410" }, ["gone"]],
])("settles an answer of %i as a webhook would", async (status, settled, told) => {
  await using receiver = await openReceiver([status]);
  await using scene = await openScene(receiver.port);
  expect(await scene.hand("d")).toEqual(settled);
  expect(scene.told).toEqual(told);
  expect(scene.forwarded).toMatchObject([{ deliveryId: "d", result: { statusCode: status } }]);
});
