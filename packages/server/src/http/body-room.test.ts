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
