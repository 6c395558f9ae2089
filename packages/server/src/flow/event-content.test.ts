import { describe, expect, it } from "vitest";
import type { EventContent } from "../domain/event.ts";
import { packContent, unpackContent } from "./event-content.ts";

const content: EventContent = {
  payload: Buffer.from('{"n": 12345678901234567890,  "n2":1.0}'),
  metadata: '{"tags":[],"priority":"normal","größe":"😀"}',
  subject: "cus_9",
  orderingKey: null,
  extensions: null,
  trace: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: null },
};

describe("the content of an event", () => {
  it("is packed and unpacked without a copy of the payload", () => {
    const parts = packContent(content);
    expect(parts.at(-1)).toBe(content.payload);
    const plain = Buffer.concat(parts);
    const { payload } = unpackContent(plain);
    expect(payload.buffer).toBe(plain.buffer);
    expect(Buffer.from(payload)).toEqual(content.payload);
  });

  it("keeps the difference between an empty text and none", () => {
    const sparse = { ...content, subject: "", extensions: null, trace: null };
    const unpacked = unpackContent(Buffer.concat(packContent(sparse)));
    expect(unpacked).toEqual(sparse);
  });

  it("takes 6 bytes, 4 for each field present, and the texts", () => {
    const header = packContent({ ...content, subject: null, trace: null })[0];
    expect(header).toHaveLength(6 + 4 + Buffer.byteLength(content.metadata));
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["another version", Buffer.of(2, 0, 0, 0, 1, 0)],
    ["a header that is longer than all", Buffer.of(1, 0, 0, 0, 9, 1)],
    ["a header without flags", Buffer.of(1, 0, 0, 0, 0, 1)],
    ["a field that is longer than its header", Buffer.of(1, 0, 0, 0, 6, 1, 0, 0, 0, 9, 120, 120, 120, 120)],
    ["no metadata", Buffer.of(1, 0, 0, 0, 1, 0)],
  ])("is not read from %s", (_what, bytes) => {
    expect(() => unpackContent(bytes)).toThrow("not in a form");
  });
});
