import type { Socket } from "node:net";
import { ANSWERED, HEAD, type OddEndpoint, TIMED_OUT, writing } from "./odd-endpoint.ts";

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

/** They hang, do not end, speak no HTTP, or break off. */
export const BROKEN_ENDPOINTS: readonly OddEndpoint[] = [
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
];
