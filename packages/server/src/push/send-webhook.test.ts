import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AttemptResult } from "../domain/attempt-result.ts";
import { openSender } from "./send-webhook.ts";
import { type Sender, targetOf } from "./sender.ts";
import { ZOO } from "./testing/endpoint-zoo.ts";
import { ANSWERED, TIMED_OUT } from "./testing/odd-endpoint.ts";
import { OK, openReceiver, type Receiver, type Respond } from "./testing/open-receiver.ts";

const TIMEOUT_MS = 10_000;
/** For what only the deadline ends. */
const SHORT_MS = 300;

let sender: Sender;
const receivers: Receiver[] = [];
beforeEach(() => {
  sender = openSender({ allowNetworks: ["127.0.0.0/8"], sweepMs: 10, connectTimeoutMs: 2_000 });
});
afterEach(async () => {
  await sender.close();
  for (const receiver of receivers.splice(0)) await receiver.close();
});

async function receive(respond: Respond): Promise<Receiver> {
  const receiver = await openReceiver({ respond });
  receivers.push(receiver);
  return receiver;
}

function send(url: string, timeoutMs = TIMEOUT_MS): Promise<AttemptResult> {
  return sender.send({
    target: targetOf(url),
    headers: ["content-type", "application/json"],
    body: Buffer.from('{"a":1}'),
    timeoutMs,
  });
}

const textOf = ({ excerpt }: AttemptResult): string => Buffer.from(excerpt).toString();

describe("a request", () => {
  it("carries the exact bytes and headers to path and query", async () => {
    const receiver = await receive(OK);
    const target = targetOf(`http://127.0.0.1:${receiver.port}/a%20b/?c=%2F&d#e`);
    const body = Buffer.from([0, 1, 0xff, 0x0d, 0x0a]);
    const headers = ["content-type", "application/json", "X-Own", "a b"];
    const result = await sender.send({ target, headers, body: body.subarray(1), timeoutMs: TIMEOUT_MS });
    expect(result).toEqual({
      statusCode: 200,
      errorCode: null,
      retryAfter: null,
      excerpt: Buffer.from("ok"),
      durationMs: expect.any(Number),
    });
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.requests[0]?.body).toEqual(body.subarray(1));
    expect(receiver.requests[0]?.head.split("\r\n")).toEqual([
      "POST /a%20b/?c=%2F&d HTTP/1.1",
      `host: 127.0.0.1:${receiver.port}`,
      "connection: keep-alive",
      "content-type: application/json",
      "X-Own: a b",
      "content-length: 4",
    ]);
  });

  it("that cannot be written is a result and no exception", async () => {
    const receiver = await receive(OK);
    const result = await sender.send({
      target: targetOf(receiver.url),
      headers: ["x", "a\r\nb"],
      body: Buffer.from("{}"),
      timeoutMs: TIMEOUT_MS,
    });
    expect(result).toMatchObject({ statusCode: null, errorCode: "unsendable" });
    expect(receiver.connections()).toBe(0);
  });
});

describe("an endpoint that", () => {
  it.each(ZOO)("$name", async ({ respond, result, text, isClosed, isEndless }) => {
    const odd = await receive((socket, request, count) =>
      (count === 1 ? respond : OK)(socket, request, count),
    );
    const healthy = await receive(OK);
    const timeoutMs = isEndless ? SHORT_MS : TIMEOUT_MS;
    const [got, beside] = await Promise.all([send(odd.url, timeoutMs), send(healthy.url)]);
    expect(got).toMatchObject(result);
    expect(got.durationMs).toBeLessThan(TIMEOUT_MS / 2);
    if (text !== undefined) expect(textOf(got)).toBe(text);
    expect(beside).toMatchObject(ANSWERED);
    expect(sender.running()).toBe(0);
    if (isClosed) await odd.idle();
    // The next request is served as if nothing had been, and brings no cookies.
    expect(textOf(await send(odd.url))).toBe("ok");
    expect(odd.requests).toHaveLength(2);
    expect(odd.requests[1]?.head).not.toContain("cookie");
  });
});

describe("connections", () => {
  it("are used again, and are few", async () => {
    const receiver = await receive(OK);
    for (let i = 0; i < 50; i++) expect(await send(receiver.url)).toMatchObject(ANSWERED);
    expect(receiver.requests).toHaveLength(50);
    expect(receiver.connections()).toBeLessThanOrEqual(2);
  });

  it("are used again after answers of all kinds", async () => {
    const receiver = await receive((socket, _request, count) => {
      const answers = [
        "204 No Content\r\n\r\n",
        "500 No\r\ncontent-length: 2\r\n\r\nno",
        "302 Go\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
        "429 Slow\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      ];
      socket.write(`HTTP/1.1 ${answers[count % answers.length]}`);
    });
    for (let i = 0; i < 20; i++) expect((await send(receiver.url)).errorCode).toBeNull();
    expect(receiver.connections()).toBeLessThanOrEqual(2);
  });

  it("are opened for as many requests as are out at once", async () => {
    const waiting: Socket[] = [];
    const receiver = await receive((socket, request, count) => {
      waiting.push(socket);
      if (waiting.length === 100) for (const each of waiting) OK(each, request, count);
    });
    const results = await Promise.all(Array.from({ length: 100 }, () => send(receiver.url)));
    expect(results.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(receiver.connections()).toBe(100);
  });

  it("do not wait for one another: a hanging request delays no other to the same endpoint", async () => {
    const receiver = await receive((socket, request, count) => {
      if (count > 1) OK(socket, request, count);
    });
    const hanging = send(receiver.url);
    while (receiver.requests.length === 0) await delay(1);
    for (let i = 0; i < 10; i++) expect(await send(receiver.url)).toMatchObject(ANSWERED);
    expect(sender.running()).toBe(1);
    await sender.close();
    expect(await hanging).toMatchObject({ statusCode: null, errorCode: "stopped" });
  });

  it("leave nothing behind of 2,000 dead origins, while a healthy one beside is served", async () => {
    sender = openSender({ allowNetworks: ["127.0.0.0/8"] });
    const healthy = await receive(OK);
    const dead = Array.from({ length: 2_000 }, (_, i) =>
      send(`http://127.9.${i >> 8}.${i & 255}:${healthy.port}/`),
    );
    const beside = await Promise.all(Array.from({ length: 20 }, () => send(healthy.url)));
    expect(beside.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(new Set((await Promise.all(dead)).map(({ errorCode }) => errorCode))).toEqual(
      new Set(["refused"]),
    );
    expect(sender.running()).toBe(0);
    expect(sender.origins()).toBeLessThanOrEqual(1);
  });

  it("that hang are closed when the sender is, and their requests are stopped", async () => {
    const receiver = await receive(() => {});
    const hanging = Promise.all([send(receiver.url), send(receiver.url)]);
    while (receiver.requests.length < 2) await delay(1);
    await sender.close();
    expect((await hanging).map(({ errorCode }) => errorCode)).toEqual(["stopped", "stopped"]);
    await receiver.idle();
    expect(await send(receiver.url)).toMatchObject({ statusCode: null, errorCode: "stopped" });
  });
});

describe("the deadline", () => {
  it("is each request's own", async () => {
    const receiver = await receive(() => {});
    const results = await Promise.all([50, 150, 300].map((timeoutMs) => send(receiver.url, timeoutMs)));
    expect(results.map(({ errorCode }) => errorCode)).toEqual(["timeout", "timeout", "timeout"]);
    const durations = results.map(({ durationMs }) => durationMs);
    expect(durations.map((ms, i) => ms >= ([50, 150, 300][i] ?? 0))).toEqual([true, true, true]);
    expect(Math.max(...durations)).toBeLessThan(800);
    await receiver.idle();
  });

  it("counts the time of the connection too, and what comes to nothing is not sent later", async () => {
    let answer = (): void => {};
    sender = openSender({
      allowNetworks: ["127.0.0.0/8"],
      sweepMs: 10,
      connectTimeoutMs: 5_000,
      lookup: (_hostname, _options, callback) => {
        answer = () => callback(null, [{ address: "127.0.0.1", family: 4 }]);
      },
    });
    const receiver = await receive(OK);
    const url = `http://late.example:${receiver.port}/`;
    expect(await send(url, 50)).toMatchObject(TIMED_OUT);
    const second = send(url);
    answer();
    expect(await second).toMatchObject(ANSWERED);
    expect(receiver.requests).toHaveLength(1);
  });
});
