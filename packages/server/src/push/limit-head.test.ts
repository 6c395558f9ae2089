import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type Answering, HEAD_BYTES, limitHead } from "./limit-head.ts";
import { openReceiver } from "./testing/open-receiver.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A connection that is sent `bytes` for a request, once all of them have come. */
async function openAnswered(bytes: Buffer, answer: Answering): Promise<Socket> {
  const receiver = await openReceiver({ respond: (socket) => socket.write(bytes) });
  opened.push(receiver);
  const socket = connect({ port: receiver.port, host: "127.0.0.1" });
  limitHead(socket, () => answer);
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\n\r\n");
  while (socket.readableLength < bytes.length) {
    await once(socket, "readable");
    socket.read(0);
  }
  return socket;
}

function readAll(socket: Socket): Buffer[] {
  const pieces: Buffer[] = [];
  for (let piece = socket.read(); piece !== null; piece = socket.read()) pieces.push(piece);
  return pieces;
}

test("a socket gives the head of an answer in pieces, whole and in order", async () => {
  const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i));
  const answer = { isHeadDue: true, headBytes: 0 };
  const socket = await openAnswered(bytes, answer);
  const pieces = readAll(socket);
  expect(pieces.map(({ length }) => length)).toEqual([4_096, 4_096, 1_808]);
  expect(Buffer.concat(pieces)).toEqual(bytes);
  expect(answer.headBytes).toBe(10_000);
  socket.destroy();
});

test("a head that is too long ends its connection, and no more of it comes out", async () => {
  const socket = await openAnswered(Buffer.alloc(2 * HEAD_BYTES), { isHeadDue: true, headBytes: 0 });
  const failed = once(socket, "error");
  expect(Buffer.concat(readAll(socket))).toHaveLength(HEAD_BYTES);
  expect(await failed).toMatchObject([{ code: "UND_ERR_HEADERS_OVERFLOW" }]);
});

test("a body comes as it is", async () => {
  const socket = await openAnswered(Buffer.alloc(2 * HEAD_BYTES), { isHeadDue: false, headBytes: 0 });
  expect(readAll(socket).map(({ length }) => length)).toEqual([2 * HEAD_BYTES]);
  socket.destroy();
});

test("a destroyed socket gives nothing, whatever has come", async () => {
  const socket = await openAnswered(Buffer.alloc(10_000), { isHeadDue: true, headBytes: 0 });
  expect(socket.read()).toHaveLength(4_096);
  socket.destroy();
  expect(socket.read()).toBeNull();
});
