import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHeaderValue } from "./header-value.ts";

/** The encoder of the binding: space, double quote, percent and everything outside U+0021–U+007E. */
function encodeHeaderValue(text: string): string {
  return Array.from(text, (char) => {
    if (/[\x21\x23\x24\x26-\x7e]/.test(char)) return char;
    return [...Buffer.from(char)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join("");
  }).join("");
}

describe("the value of a ce- header", () => {
  it.each([
    ["plain", "plain"],
    ["", ""],
    ["Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"],
    ["Euro%20%e2%82%ac", "Euro €"],
    ["%41%42C", "ABC"],
    ["%2525", "%25"],
    ["with a space", "with a space"],
    ['"quoted text"', "quoted text"],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    ['pre "in side" post', "pre in side post"],
    ['"%22"', '"'],
    ["back\\slash", "back\\slash"],
  ])("%s reads as %s", (sent, text) => {
    expect(decodeHeaderValue(sent)).toBe(text);
  });

  it.each([
    ["an overlong space", "%C0%A0"],
    ["half a character", "%E2%82"],
    ["a lone surrogate", "%ED%A0%80"],
    ["a percent sign alone", "100%"],
    ["a percent sign before other characters", "%zz"],
    ["an open quote", '"open'],
    ["an open quote behind a backslash", '"open\\"'],
    ["bare UTF-8", "caf\u00c3\u00a9"],
    ["a control character", "a\u0001b"],
  ])("with %s does not read", (_, sent) => {
    expect(decodeHeaderValue(sent)).toBeNull();
  });

  it("reads as what was encoded, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const header = encodeHeaderValue(text);
        expect(header).toMatch(/^[\x21\x23-\x7e]*$/);
        expect(decodeHeaderValue(header)).toBe(text);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 500) },
    );
  });
});
