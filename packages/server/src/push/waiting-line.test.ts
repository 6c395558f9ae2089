import { expect, test } from "vitest";
import type { Health } from "./breaker.ts";
import { makeWaitingLine } from "./waiting-line.ts";

function lineOf(...items: readonly (readonly [name: string, health: Health])[]) {
  const line = makeWaitingLine<string>();
  for (const [name, health] of items) line.add(name, health);
  return line;
}

function takeAll(line: ReturnType<typeof lineOf>): string[] {
  const taken: string[] = [];
  for (let one = line.next(); one !== undefined; one = line.next()) taken.push(one);
  return taken;
}

test("who answers well goes first, and every fourth turn is for the others", () => {
  const line = lineOf(
    ...(["i1", "i2"] as const).map((name) => [name, "ill"] as const),
    ["u1", "unknown"],
    ...(["w1", "w2", "w3", "w4", "w5", "w6", "w7"] as const).map((name) => [name, "well"] as const),
  );
  expect(takeAll(line)).toEqual(["w1", "w2", "w3", "i1", "w4", "w5", "w6", "i2", "w7", "u1"]);
});

test("an item waits once, where it came first", () => {
  expect(takeAll(lineOf(["a", "ill"], ["b", "ill"], ["a", "well"], ["a", "ill"]))).toEqual(["a", "b"]);
});
