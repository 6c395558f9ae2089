import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AttemptResult } from "../domain/attempt-result.ts";
import { openSender, type Sender, targetOf } from "./send-webhook.ts";
import { OK, openReceiver, type Receiver, type Respond } from "./testing/open-receiver.ts";

const TIMEOUT_MS = 250;

let sender: Sender;
const receivers: Receiver[] = [];
beforeEach(() => {
  sender = openSender({ allowNetworks: ["127.0.0.0/8"], sweepMs: 10, connectTimeoutMs: 200 });
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

const writing =
  (...parts: readonly (string | Buffer)[]): Respond =>
  (socket) => {
    for (const part of parts) socket.write(part);
  };

/** Writes something again and again until the other side has gone. */
function drip(socket: Socket, text: string | Buffer, everyMs: number): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.on("close", () => clearInterval(timer));
}

function flood(socket: Socket, chunk: Buffer): void {
  const pour = (): void => {
    while (!socket.destroyed && socket.write(chunk)) {}
  };
  socket.on("drain", pour);
  pour();
}

const HEAD = "HTTP/1.1 200 OK\r\n";

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

interface Odd {
  readonly name: string;
  readonly respond: Respond;
  readonly result: Partial<AttemptResult>;
  readonly text?: string;
  /** Its connection is closed after it. */
  readonly isClosed?: boolean;
}

const TIMED_OUT = { statusCode: null, errorCode: "timeout" } as const;
const ANSWERED = { statusCode: 200, errorCode: null } as const;

const ZOO: readonly Odd[] = [
  { name: "hangs before the headers", respond: () => {}, result: TIMED_OUT, isClosed: true },
  { name: "hangs within the headers", respond: writing(`${HEAD}x-a: b`), result: TIMED_OUT, isClosed: true },
  {
    name: "sends a header line every 20 ms",
    respond: (socket) => {
      socket.write(HEAD);
      drip(socket, "x: y\r\n", 20);
    },
    result: TIMED_OUT,
    isClosed: true,
  },
  {
    name: "goes on with 102 for ever",
    respond: (socket) => drip(socket, "HTTP/1.1 102 Processing\r\n\r\n", 5),
    result: TIMED_OUT,
    isClosed: true,
  },
  {
    name: "goes on with 100 for ever",
    respond: (socket) => drip(socket, "HTTP/1.1 100 Continue\r\n\r\n", 5),
    result: TIMED_OUT,
    isClosed: true,
  },
  {
    name: "hangs within the body of a 200",
    respond: writing(`${HEAD}content-length: 9\r\n\r\npart`),
    result: ANSWERED,
    text: "part",
    isClosed: true,
  },
  {
    name: "sends the body of a 200 byte by byte",
    respond: (socket) => {
      socket.write(`${HEAD}content-length: 99\r\n\r\n`);
      drip(socket, "x", 20);
    },
    result: ANSWERED,
    isClosed: true,
  },
  {
    name: "sends the body of a 500 byte by byte",
    respond: (socket) => {
      socket.write("HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\n");
      drip(socket, "x", 20);
    },
    result: { statusCode: 500, errorCode: null },
    isClosed: true,
  },
  {
    name: "sends an endless body",
    respond: (socket) => {
      socket.write(`${HEAD}\r\n`);
      flood(socket, Buffer.alloc(16_384, "z"));
    },
    result: ANSWERED,
    text: "z".repeat(4_096),
    isClosed: true,
  },
  {
    name: "sends endless chunks",
    respond: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      flood(socket, Buffer.from(`1000\r\n${"z".repeat(4_096)}\r\n`));
    },
    result: ANSWERED,
    text: "z".repeat(4_096),
    isClosed: true,
  },
  {
    name: "sends 1 MB of headers",
    respond: writing(
      HEAD,
      Array.from({ length: 1_000 }, (_, i) => `x-${i}: ${"y".repeat(1_000)}\r\n`).join(""),
      "\r\n",
    ),
    result: { statusCode: null, errorCode: "bad_response" },
    isClosed: true,
  },
  {
    name: "sends one header of 1 MB",
    respond: writing(`${HEAD}x: ${"y".repeat(1_000_000)}\r\n\r\n`),
    result: { statusCode: null, errorCode: "bad_response" },
    isClosed: true,
  },
  {
    name: "sends headers without end",
    respond: (socket) => {
      socket.write(HEAD);
      flood(socket, Buffer.from("x: y\r\n".repeat(100)));
    },
    result: { statusCode: null, errorCode: "bad_response" },
    isClosed: true,
  },
  {
    name: "sends garbage",
    respond: writing("SSH-2.0-OpenSSH_9.2\r\n"),
    result: { statusCode: null, errorCode: "bad_response" },
    isClosed: true,
  },
  {
    name: "sends a status that is none",
    respond: writing("HTTP/1.1 abc OK\r\n\r\n"),
    result: { statusCode: null, errorCode: "bad_response" },
    isClosed: true,
  },
  {
    name: "sends a bare line feed within a header",
    respond: writing(`${HEAD}x: a\nb\r\n\r\n`),
    result: { statusCode: null, errorCode: "bad_response" },
    isClosed: true,
  },
  {
    name: "switches protocols",
    respond: writing("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    result: { statusCode: null, errorCode: "bad_response" },
    isClosed: true,
  },
  {
    name: "breaks the chunks of its body",
    respond: writing(`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    result: ANSWERED,
    isClosed: true,
  },
  {
    name: "resets the connection",
    respond: (socket) => void socket.resetAndDestroy(),
    result: { statusCode: null, errorCode: "reset" },
    isClosed: true,
  },
  {
    name: "closes the connection before an answer",
    respond: (socket) => void socket.end(),
    result: { statusCode: null, errorCode: "reset" },
    isClosed: true,
  },
  {
    name: "closes the connection within the headers",
    respond: (socket) => void socket.end(`${HEAD}x-a`),
    result: { statusCode: null, errorCode: "reset" },
    isClosed: true,
  },
  {
    name: "closes the connection within the body of a 200",
    respond: (socket) => void socket.end(`${HEAD}content-length: 9\r\n\r\npart`),
    result: ANSWERED,
    text: "part",
    isClosed: true,
  },
  {
    name: "resets the connection within the body of a 200",
    respond: (socket) => {
      socket.write(`${HEAD}content-length: 9\r\n\r\npart`, () =>
        setTimeout(() => socket.resetAndDestroy(), 20),
      );
    },
    result: ANSWERED,
    text: "part",
    isClosed: true,
  },
  {
    name: "redirects to the metadata service",
    respond: writing(
      "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\ncontent-length: 0\r\n\r\n",
    ),
    result: { statusCode: 302, errorCode: null },
  },
  {
    name: "redirects permanently, method kept",
    respond: writing("HTTP/1.1 308 Permanent Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"),
    result: { statusCode: 308, errorCode: null },
  },
  {
    name: "sends a gzip bomb",
    respond: (socket) => {
      const bomb = gzipSync(Buffer.alloc(10_000_000));
      socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    },
    result: ANSWERED,
  },
  {
    name: "is gone",
    respond: writing("HTTP/1.1 410 Gone\r\ncontent-length: 3\r\n\r\nbye"),
    result: { statusCode: 410, errorCode: null },
    text: "bye",
  },
  {
    name: "asks to come back later",
    respond: writing("HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n"),
    result: { statusCode: 429, errorCode: null, retryAfter: "120" },
  },
  {
    name: "asks twice to come back later",
    respond: writing("HTTP/1.1 503 Slow\r\nretry-after: 1\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n"),
    result: { statusCode: 503, errorCode: null, retryAfter: null },
  },
  {
    name: "is slow, but within the deadline",
    respond: (socket) =>
      void setTimeout(() => OK(socket, { head: "", body: Buffer.alloc(0), servername: null }, 1), 100),
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "says 100 first, unasked",
    respond: writing(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 100 Continue\r\nx: y\r\n\r\n${HEAD}content-length: 2\r\n\r\nok`,
    ),
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "says 100 first, and the rest a little later",
    respond: (socket) => {
      socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      setTimeout(() => socket.write(`${HEAD}content-length: 2\r\n\r\nok`), 30);
    },
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "says 102 and 103 first",
    respond: writing(
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${HEAD}content-length: 2\r\n\r\nok`,
    ),
    result: ANSWERED,
    text: "ok",
  },
  {
    name: "speaks HTTP/1.0 and ends its body by closing",
    respond: (socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nold"),
    result: ANSWERED,
    text: "old",
    isClosed: true,
  },
  {
    name: "answers 204 and keeps the connection",
    respond: writing("HTTP/1.1 204 No Content\r\n\r\n"),
    result: { statusCode: 204, errorCode: null },
  },
  {
    name: "answers with a body longer than it said",
    respond: writing(`${HEAD}content-length: 2\r\n\r\nok and more`),
    result: ANSWERED,
    text: "ok",
    isClosed: true,
  },
  {
    name: "sends a second answer that nobody asked for",
    respond: writing(`${HEAD}content-length: 2\r\n\r\nok${HEAD}content-length: 2\r\n\r\nno`),
    result: ANSWERED,
    text: "ok",
    isClosed: true,
  },
  {
    name: "closes after the answer, as it says",
    respond: (socket) => void socket.end(`${HEAD}connection: close\r\ncontent-length: 2\r\n\r\nok`),
    result: ANSWERED,
    text: "ok",
    isClosed: true,
  },
  {
    name: "sets cookies",
    respond: writing(`${HEAD}set-cookie: a=b\r\nset-cookie: c=d\r\ncontent-length: 2\r\n\r\nok`),
    result: ANSWERED,
    text: "ok",
  },
];

describe("an endpoint that", () => {
  it.each(ZOO)("$name", async ({ respond, result, text, isClosed }) => {
    const odd = await receive((socket, request, count) =>
      (count === 1 ? respond : OK)(socket, request, count),
    );
    const healthy = await receive(OK);
    const [got, beside] = await Promise.all([send(odd.url), send(healthy.url)]);
    expect(got).toMatchObject(result);
    expect(got.durationMs).toBeLessThan(TIMEOUT_MS + 500);
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
    const results = await Promise.all(Array.from({ length: 100 }, () => send(receiver.url, 5_000)));
    expect(results.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(receiver.connections()).toBe(100);
  });

  it("do not wait for one another: a hanging request delays no other to the same endpoint", async () => {
    const receiver = await receive((socket, request, count) => {
      if (count > 1) OK(socket, request, count);
    });
    const hanging = send(receiver.url, 1_000);
    while (receiver.requests.length === 0) await delay(1);
    for (let i = 0; i < 10; i++) expect((await send(receiver.url)).durationMs).toBeLessThan(200);
    expect(sender.running()).toBe(1);
    expect(await hanging).toMatchObject(TIMED_OUT);
  });

  it("leave nothing behind of 2,000 dead origins, while a healthy one beside is served", async () => {
    sender = openSender({ allowNetworks: ["127.0.0.0/8"] });
    const healthy = await receive(OK);
    const dead = Array.from({ length: 2_000 }, (_, i) =>
      send(`http://127.9.${i >> 8}.${i & 255}:${healthy.port}/`, 5_000),
    );
    const beside = await Promise.all(Array.from({ length: 20 }, () => send(healthy.url, 5_000)));
    expect(beside.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(new Set((await Promise.all(dead)).map(({ errorCode }) => errorCode))).toEqual(
      new Set(["refused"]),
    );
    expect(sender.running()).toBe(0);
    expect(sender.origins()).toBeLessThanOrEqual(1);
  });

  it("that hang are closed when the sender is, and their requests are stopped", async () => {
    const receiver = await receive(() => {});
    const hanging = Promise.all([send(receiver.url, 60_000), send(receiver.url, 60_000)]);
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
    const second = send(url, 2_000);
    answer();
    expect(await second).toMatchObject(ANSWERED);
    expect(receiver.requests).toHaveLength(1);
  });
});
