import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { makeBodyRoom } from "./body-room.ts";
import { makeReadBody } from "./read-body.ts";

const PIECE_BYTES = 10_000;

/** Two pieces, written and forgotten. */
function writeTo(payload: PassThrough): WeakRef<Buffer>[] {
  const pieces = [Buffer.alloc(PIECE_BYTES), Buffer.alloc(PIECE_BYTES)];
  for (const piece of pieces) payload.write(piece);
  payload.end();
  return pieces.map((piece) => new WeakRef(piece));
}

test("the pieces of a body are let go once it is whole, while its message lives on", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const prepared = { route: { body: null }, maxBytes: PIECE_BYTES * 2 };
  const request = { prepared, headers: {}, response: null } as unknown as FastifyRequest;
  const payload = new PassThrough();
  const read = Promise.withResolvers<Buffer | undefined>();
  makeReadBody(makeBodyRoom())(request, payload as unknown as IncomingMessage, (_error, body) =>
    read.resolve(body),
  );
  const pieces = writeTo(payload);
  const body = await read.promise;
  await nextTurn();
  collect();
  expect(pieces.map((piece) => piece.deref())).toEqual([undefined, undefined]);
  expect(body).toHaveLength(PIECE_BYTES * 2);
  expect(payload.readableEnded).toBe(true);
});
