import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { TriggersError } from "../domain/errors.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";

/** A request with the header sent as often as there are values, as node gives it. */
function requestWith(...values: readonly string[]): IncomingMessage {
  const headers = values.length === 0 ? {} : { "idempotency-key": values.join(", ") };
  const rawHeaders = values.flatMap((value) => ["Idempotency-Key", value]);
  return { headers, rawHeaders } as unknown as IncomingMessage;
}

describe("the header Idempotency-Key", () => {
  it("may be left out", () => {
    expect(readIdempotencyKey(requestWith())).toBeNull();
  });

  it.each([
    ["abc", "abc"],
    ['"abc"', "abc"],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ["a, b", "a, b"],
    ['a"b', 'a"b'],
    ["k".repeat(255), "k".repeat(255)],
    [`"${"k".repeat(255)}"`, "k".repeat(255)],
  ])("%j is the key %j", (sent, key) => {
    expect(readIdempotencyKey(requestWith(sent))).toBe(key);
  });

  it.each([
    [""],
    ['""'],
    ['"'],
    ['"abc'],
    ['"a"b"'],
    ['"a\\nb"'],
    ['"abc";p=1'],
    ["a\tb"],
    ["é"],
    ["k".repeat(256)],
    [`"${"k".repeat(256)}"`],
    ["a", "b"],
  ])("is refused as %j %j", (...sent) => {
    expect(() => readIdempotencyKey(requestWith(...sent))).toThrow(TriggersError);
  });
});
