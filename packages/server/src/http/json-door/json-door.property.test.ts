import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJson } from "./check-json.ts";
import { textOf } from "./decode-text.ts";
import { readJson, readMembers, readValue } from "./json-door.ts";
import type { JsonMember } from "./json-parts.ts";
import { elementsOf, membersOf, rootOf } from "./list-parts.ts";
import { readBatch, readList } from "./read-batch.ts";
import { spliceLineBreaks } from "./splice-line-breaks.ts";
import { judgeJson } from "./testing/judge-json.ts";
import { mutate, mutation } from "./testing/mutate-json.ts";
import { arrayOf, looseText, objectOf, stringText, valueText } from "./testing/styled-json.ts";

const runs = { numRuns: Number(process.env.PROPERTY_RUNS ?? 200) };

const shown = (bytes: Buffer, members: readonly JsonMember[]) =>
  members.map(({ key, start, end }) => ({ key, text: bytes.toString("utf8", start, end) }));

describe("sound JSON of any style", () => {
  it("is taken and has the value that JSON.parse gives", () => {
    fc.assert(
      fc.property(valueText, (text) => {
        expect(readJson(Buffer.from(text))).toEqual({ outcome: "ok", value: JSON.parse(text) });
      }),
      runs,
    );
  });

  it("comes back in the ranges of its members, byte for byte, from either way of listing them", () => {
    fc.assert(
      fc.property(objectOf(valueText), ({ text, members }) => {
        const bytes = Buffer.from(` ${text}\n`);
        const reading = readMembers(bytes);
        if (reading.outcome !== "ok") throw new Error(reading.outcome);
        expect(shown(bytes, reading.members)).toEqual(members);
        expect(membersOf(bytes, rootOf(bytes))).toEqual(reading.members);
        expect(readValue(bytes)).toEqual({ outcome: "ok", range: rootOf(bytes) });
      }),
      runs,
    );
  });

  it("comes back in the ranges of its elements", () => {
    fc.assert(
      fc.property(arrayOf(valueText), ({ text, elements }) => {
        const bytes = Buffer.from(text);
        const ranges = elementsOf(bytes, rootOf(bytes), 1000);
        expect(ranges.map(({ start, end }) => bytes.toString("utf8", start, end))).toEqual(elements);
      }),
      runs,
    );
  });

  it("comes back in the ranges of a batch's items", () => {
    fc.assert(
      fc.property(fc.array(objectOf(valueText), { maxLength: 5 }), (objects) => {
        const array = `[${objects.map(({ text }) => text).join(" ,\n")}]`;
        for (const [text, read] of [
          [array, readList],
          [`{ "events":${array}, "more":[] }`, readBatch],
        ] as const) {
          const bytes = Buffer.from(text);
          const reading = read(bytes, 1000);
          if (reading.outcome !== "ok") throw new Error(reading.outcome);
          const items = reading.items.map((item) => item.outcome === "ok" && shown(bytes, item.members));
          expect(items).toEqual(objects.map(({ members }) => members));
        }
      }),
      runs,
    );
  });

  it("means the same on one line", () => {
    fc.assert(
      fc.property(valueText, (text) => {
        const line = spliceLineBreaks(Buffer.from(text)).toString();
        expect(line).not.toMatch(/[\r\n]/);
        expect(JSON.parse(line)).toEqual(JSON.parse(text));
      }),
      runs,
    );
  });

  it("has strings that decode as JSON.parse decodes them", () => {
    fc.assert(
      fc.property(stringText, (text) => {
        const bytes = Buffer.from(text);
        expect(textOf(bytes, rootOf(bytes))).toBe(JSON.parse(text));
      }),
      runs,
    );
  });
});

describe("any JSON, and JSON with some bytes changed", () => {
  it("is judged as JSON.parse and the rules on names, surrogates and depth judge it", () => {
    const text = fc.oneof(valueText, looseText).map((text) => Buffer.from(text));
    fc.assert(
      fc.property(text, fc.array(mutation, { maxLength: 2 }), (sound, mutations) => {
        const bytes = mutations.reduce(mutate, sound);
        const expected = judgeJson(bytes, 3);
        const found = checkJson(bytes, 3)?.code ?? "ok";
        // A name that stands twice before the place where the text breaks is found first.
        if (expected === "malformed_json") expect(["malformed_json", "duplicate_key"]).toContain(found);
        else expect(found).toBe(expected);
      }),
      { numRuns: runs.numRuns * 5 },
    );
  });
});
