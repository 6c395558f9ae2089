import { describe, expect, it } from "vitest";
import { parseRange, textOf } from "./decode-text.ts";
import { elementsOf, membersOf, rootOf } from "./list-parts.ts";

describe("membersOf", () => {
  it("lists an object inside a text", () => {
    const bytes = Buffer.from(
      '[7, { "priority" : "high", "tags":[ "a" ] ,"\\u0061":{"b":[{}]}, "n":-0.5e1}]',
    );
    const [, object = rootOf(bytes)] = elementsOf(bytes, rootOf(bytes), 10);
    expect(
      membersOf(bytes, object).map(({ key, kind, start, end }) => [
        key,
        kind,
        bytes.toString("utf8", start, end),
      ]),
    ).toEqual([
      ["priority", "string", '"high"'],
      ["tags", "array", '[ "a" ]'],
      ["a", "object", '{"b":[{}]}'],
      ["n", "number", "-0.5e1"],
    ]);
  });

  it.each(["{}", "{ \n}"])("finds none in %j", (text) => {
    const bytes = Buffer.from(text);
    expect(membersOf(bytes, rootOf(bytes))).toEqual([]);
  });
});

describe("elementsOf", () => {
  const elements = (text: string, limit = 100) => {
    const bytes = Buffer.from(text);
    return elementsOf(bytes, rootOf(bytes), limit).map((element) => parseRange(bytes, element));
  };

  it.each(["[]", "[ ]", '["a", "b\\"]" ,"[",["]"],{"a":"]"},1,true , null\n]', ' [ [ [ ] ] , "\\\\" ]'])(
    "lists %s",
    (text) => {
      expect(elements(text)).toEqual(JSON.parse(text));
    },
  );

  it("lists one more than the limit and no more", () => {
    expect(elements("[1,2,3,4,5]", 5)).toEqual([1, 2, 3, 4, 5]);
    expect(elements("[1,2,3,4,5]", 2)).toEqual([1, 2, 3]);
  });
});

describe("textOf", () => {
  it.each(['""', '"order.created"', '"é"', '"日本😀"', '"\\u0000\\n\\"\\\\\\/"', '"é\\u00e9\\ud83d\\ude00"'])(
    "decodes %s",
    (text) => {
      const bytes = Buffer.from(` ${text} `);
      expect(textOf(bytes, rootOf(bytes))).toBe(JSON.parse(text));
    },
  );
});
