import { describe, expect, it } from "vitest";
import { batchBody, splitBatch } from "./split-batch.ts";

const item = (text: string) => ({ text, bytes: new TextEncoder().encode(text) });
const textOf = ({ bytes }: { bytes: Uint8Array }): string => new TextDecoder().decode(bytes);

describe("A batch", () => {
  it("is divided in its order, by number and by bytes", () => {
    const items = Array.from({ length: 7 }, (_, n) => item(`{"n":${n}}`));
    const split = (items_: number, bytes: number): number[] =>
      splitBatch(items, { items: items_, bytes }).map((request) => request.length);
    expect(split(1_000, 1_000_000)).toEqual([7]);
    expect(split(3, 1_000_000)).toEqual([3, 3, 1]);
    expect(split(1_000, 40)).toEqual([3, 3, 1]);
    expect(split(1_000, 1)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(splitBatch(items, { items: 2, bytes: 99 }).flat()).toEqual(items);
    expect(splitBatch([], { items: 2, bytes: 99 })).toEqual([]);
  });

  it("never has a body above the limit, unless one item alone is", () => {
    const items = Array.from({ length: 50 }, (_, n) => item(`{"n":"${"é".repeat(n % 9)}\n"}`));
    for (let bytes = 13; bytes < 200; bytes += 7) {
      for (const request of splitBatch(items, { items: 9, bytes })) {
        const length = batchBody(request).bytes.length;
        expect(request.length === 1 || length <= bytes).toBe(true);
      }
    }
  });

  it("is sent as lines, and as one JSON text if an event has line breaks", () => {
    const lines = batchBody([item('{"a":1}'), item('{"b":"é"}')]);
    expect({ ...lines, bytes: textOf(lines) }).toEqual({
      ...{ bytes: '{"a":1}\n{"b":"é"}', contentType: "application/x-ndjson", pointer: "" },
    });
    const json = batchBody([item('{"a":1}'), item('{\n"b":2}')]);
    expect({ ...json, bytes: textOf(json) }).toEqual({
      ...{ bytes: '{"events":[{"a":1},{\n"b":2}]}', contentType: "application/json", pointer: "/events" },
    });
  });
});
