import fc from "fast-check";
import { expect, it } from "vitest";
import type { EventContent } from "../domain/event.ts";
import { packContent, unpackContent } from "./event-content.ts";

const numRuns = Number(process.env.PROPERTY_RUNS ?? 300);
const text = fc.string({ unit: "binary", maxLength: 300 });
const optional = fc.option(text);

const content: fc.Arbitrary<EventContent> = fc.record({
  payload: fc.uint8Array({ maxLength: 2_000 }),
  metadata: text,
  subject: optional,
  orderingKey: optional,
  extensions: optional,
  trace: fc.option(fc.record({ traceparent: text, tracestate: optional })),
});

it("content comes back exactly as it was packed", () => {
  fc.assert(
    fc.property(content, (packed) => {
      const unpacked = unpackContent(Buffer.concat(packContent(packed)));
      expect({ ...unpacked, payload: [...unpacked.payload] }).toEqual({
        ...packed,
        payload: [...packed.payload],
      });
    }),
    { numRuns },
  );
});

it("bytes cut short or altered give an error or content, never a read beyond them", () => {
  fc.assert(
    fc.property(content, fc.nat(), fc.nat(255), (packed, place, value) => {
      const bytes = Buffer.concat(packContent(packed));
      const cut = bytes.subarray(0, place % bytes.length);
      const changed = Buffer.from(bytes);
      changed.writeUInt8(value, place % bytes.length);
      for (const input of [cut, changed]) {
        try {
          const { payload } = unpackContent(input);
          expect(payload.byteOffset + payload.byteLength).toBe(input.byteOffset + input.byteLength);
        } catch (error) {
          expect(String(error)).toContain("not in a form");
        }
      }
    }),
    { numRuns },
  );
});
