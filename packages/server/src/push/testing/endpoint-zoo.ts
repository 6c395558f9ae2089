import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { AttemptResult } from "../../domain/attempt-result.ts";
import { OK, type Respond } from "./open-receiver.ts";

const HEAD = "HTTP/1.1 200 OK\r\n";

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

/** An endpoint that misbehaves once, and what the sender makes of it. `name` goes on after "an endpoint that". */
export interface OddEndpoint {
  readonly name: string;
  readonly respond: Respond;
  readonly result: Partial<AttemptResult>;
  readonly text?: string;
  /** Its connection is closed after it. */
  readonly isClosed?: boolean;
  /** Only the deadline ends it. */
  readonly isEndless?: boolean;
}

/** Made beforehand: it takes longer than a test waits. */
const GZIP_BOMB = gzipSync(Buffer.alloc(10_000_000));

export const TIMED_OUT = { statusCode: null, errorCode: "timeout" } as const;
export const ANSWERED = { statusCode: 200, errorCode: null } as const;

export const ZOO: readonly OddEndpoint[] = [
  { name: "hangs before the headers", respond: () => {}, result: TIMED_OUT, isClosed: true, isEndless: true },
  {
    name: "hangs within the headers",
    respond: writing(`${HEAD}x-a: b`),
    result: TIMED_OUT,
    isClosed: true,
    isEndless: true,
  },
  {
    name: "sends a header line every 20 ms",
    respond: (socket) => {
      socket.write(HEAD);
      drip(socket, "x: y\r\n", 20);
    },
    result: TIMED_OUT,
    isClosed: true,
    isEndless: true,
  },
  {
    name: "goes on with 102 for ever",
    respond: (socket) => drip(socket, "HTTP/1.1 102 Processing\r\n\r\n", 5),
    result: TIMED_OUT,
    isClosed: true,
    isEndless: true,
  },
  {
    name: "goes on with 100 for ever",
    respond: (socket) => drip(socket, "HTTP/1.1 100 Continue\r\n\r\n", 5),
    result: TIMED_OUT,
    isClosed: true,
    isEndless: true,
  },
  {
    name: "hangs within the body of a 200",
    respond: writing(`${HEAD}content-length: 9\r\n\r\npart`),
    result: ANSWERED,
    text: "part",
    isClosed: true,
    isEndless: true,
  },
  {
    name: "sends the body of a 200 byte by byte",
    respond: (socket) => {
      socket.write(`${HEAD}content-length: 99\r\n\r\n`);
      drip(socket, "x", 20);
    },
    result: ANSWERED,
    isClosed: true,
    isEndless: true,
  },
  {
    name: "sends the body of a 500 byte by byte",
    respond: (socket) => {
      socket.write("HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\n");
      drip(socket, "x", 20);
    },
    result: { statusCode: 500, errorCode: null },
    isClosed: true,
    isEndless: true,
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
      socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${GZIP_BOMB.length}\r\n\r\n`);
      socket.write(GZIP_BOMB);
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
