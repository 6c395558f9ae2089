import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { readInPieces } from "./read-in-pieces.ts";
import { openReceiver } from "./testing/open-receiver.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A connection that is sent `bytes` for a request, once all of them have come. */
async function openAnswered(bytes: Buffer): Promise<Socket> {
  const receiver = await openReceiver({ respond: (socket) => socket.write(bytes) });
  opened.push(receiver);
  const socket = connect({ port: receiver.port, host: "127.0.0.1" });
  readInPieces(socket);
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\n\r\n");
  while (socket.readableLength < bytes.length) {
    await once(socket, "readable");
    socket.read(0);
  }
  return socket;
}

test("a socket gives what it has in pieces, whole and in order", async () => {
  const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i));
  const socket = await openAnswered(bytes);
  const pieces: Buffer[] = [];
  for (let piece = socket.read(); piece !== null; piece = socket.read()) pieces.push(piece);
  expect(pieces.map(({ length }) => length)).toEqual([4_096, 4_096, 1_808]);
  expect(Buffer.concat(pieces)).toEqual(bytes);
  socket.destroy();
});

test("a destroyed socket gives nothing, whatever has come", async () => {
  const socket = await openAnswered(Buffer.alloc(10_000));
  expect(socket.read()).toHaveLength(4_096);
  socket.destroy();
  expect(socket.read()).toBeNull();
});
