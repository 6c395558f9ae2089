import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { makeBodyRoom } from "./body-room.ts";

const makeResponse = () => new EventEmitter() as unknown as ServerResponse;

it("large bodies share the room, which is free again once they are answered", () => {
  const room = makeBodyRoom(100);
  const first = makeResponse();
  expect(room.take(60, first)).toBe(true);
  expect(room.take(60, makeResponse())).toBe(false);
  expect(room.take(40, makeResponse())).toBe(true);
  first.emit("close");
  expect(room.take(60, makeResponse())).toBe(true);
  expect(room.take(1, makeResponse())).toBe(false);
});

it("a body that comes in many pieces is followed by one listener", () => {
  const room = makeBodyRoom(20);
  const response = makeResponse();
  for (let piece = 0; piece < 20; piece++) expect(room.take(1, response)).toBe(true);
  expect(response.listenerCount("close")).toBe(1);
  response.emit("close");
  expect(room.take(20, makeResponse())).toBe(true);
});
