import { describe, expect, it } from "vitest";
import { readJson, readMembers } from "./json-door.ts";
import { readBatch } from "./read-batch.ts";

const MEBIBYTE = 1024 * 1024;

const said = (text: string) => {
  const reading = readJson(Buffer.from(text));
  return reading.outcome === "fault" ? reading.fault.code : reading.outcome;
};
const wide = (count: number, nameOf: (index: number) => string) =>
  `{${Array.from({ length: count }, (_, index) => `"${nameOf(index)}":0`).join(",")}}`;

// Each of these takes milliseconds; one that took time with the square of its size would run into the time limit.
describe("hostile texts of a mebibyte", () => {
  it.each([
    ["opening brackets", "[".repeat(MEBIBYTE), "malformed_json"],
    ["opening brackets and a lone quote", `${"[".repeat(MEBIBYTE)}"`, "malformed_json"],
    ["brackets that close", "[".repeat(MEBIBYTE / 2) + "]".repeat(MEBIBYTE / 2), "json_too_deep"],
    ["braces that close", '{"":'.repeat(200_000) + 0 + "}".repeat(200_000), "json_too_deep"],
    ["repeated names below the limit", `${"[".repeat(99)}{"a":1,"a":1}${"]".repeat(99)}`, "json_too_deep"],
    ["objects with escaped names", `${'{"\\n":'.repeat(60)}0${"}".repeat(60)}`, "ok"],
    ["a long string", `"${"x".repeat(MEBIBYTE)}"`, "ok"],
    ["a long string that never ends", `"${"x".repeat(MEBIBYTE)}`, "malformed_json"],
    ["escapes", `"${"\\u0041".repeat(MEBIBYTE / 6)}"`, "ok"],
    ["lone surrogates", `"${"\\ud800".repeat(MEBIBYTE / 6)}"`, "lone_surrogate"],
    ["digits", "9".repeat(MEBIBYTE), "ok"],
    ["white space", " ".repeat(MEBIBYTE), "malformed_json"],
    ["commas", `[${",".repeat(MEBIBYTE)}]`, "malformed_json"],
    ["zeros", `[${"0,".repeat(MEBIBYTE / 2)}0]`, "ok"],
    ["100,000 names", wide(100_000, (index) => `n${index}`), "ok"],
    [
      "100,000 names, the first again at the end",
      `${wide(100_000, String).slice(0, -1)},"0":0}`,
      "duplicate_key",
    ],
    ["numbers as names that once had one hash", wide(50_000, (index) => String(1e9 + index * 65_536)), "ok"],
    ["names with escapes", wide(50_000, (index) => `\\n${index}`), "ok"],
    ["long names", wide(64, (index) => "x".repeat(16_400) + index), "ok"],
    [
      "objects whose names look alike",
      `[${`${wide(16, (index) => `a${index % 4}bb${index >> 2}a`)},`.repeat(5000)}0]`,
      "ok",
    ],
  ])("%s", (_, text, outcome) => {
    expect(said(text)).toBe(outcome);
  });

  it("leaves a stack of ordinary size to whoever reads next", () => {
    expect(said("[".repeat(MEBIBYTE))).toBe("malformed_json");
    expect(readMembers(Buffer.from('{"a":{}}'))).toMatchObject({ outcome: "ok", members: [{ key: "a" }] });
  });

  it("reads a batch in which every item has a flaw", () => {
    const items = Array.from({ length: 1000 }, (_, index) => `{"payload":"\\ud800${"x".repeat(index)}"}`);
    const reading = readBatch(Buffer.from(`{"events":[${items.join(",")}]}`), 1000);
    expect(reading.outcome === "ok" && new Set(reading.items.map(({ outcome }) => outcome))).toEqual(
      new Set(["fault"]),
    );
  });
});
