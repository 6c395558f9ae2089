import { describe, expect, it } from "vitest";
import { readMembers } from "./json-door.ts";
import { spliceLineBreaks } from "./splice-line-breaks.ts";
import { splitLines } from "./split-lines.ts";

const linesOf = (text: string, limit = 100) => splitLines(Buffer.from(text), limit).map(String);

describe("splitLines", () => {
  it.each([
    ["", []],
    ["\n\n", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\nb", ["a", "b"]],
    ["a\r\nb\r\n", ["a\r", "b\r"]],
    ["\n\na\n \t\r\n\nb\n\n", ["a", "b"]],
    [" a \n\tb", ["a ", "b"]],
    ["a\rb", ["a\rb"]],
  ])("splits %j", (text, lines) => {
    expect(linesOf(text)).toEqual(lines);
  });

  it("gives one line more than the limit and no more", () => {
    expect(linesOf("1\n2\n3\n4\n", 4)).toEqual(["1", "2", "3", "4"]);
    expect(linesOf("1\n2\n3\n4\n", 2)).toEqual(["1", "2", "3"]);
  });

  it("keeps a fault within its line", () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\r\n{"a":\n1}\n["'),
      Buffer.of(0xff),
      Buffer.from('"]\n{"b":"\\ud800"}\n{"c":{}} \n'),
    ]);
    const said = splitLines(bytes, 100).map((line) => {
      const reading = readMembers(line);
      return reading.outcome === "fault" ? reading.fault.code : reading.outcome;
    });
    expect(said).toEqual(["ok", "malformed_json", "malformed_json", "invalid_utf8", "lone_surrogate", "ok"]);
  });
});

describe("spliceLineBreaks", () => {
  it("makes spaces of line breaks and leaves the given bytes alone", () => {
    const bytes = Buffer.from('{\r\n  "a": [1,\n2],\r"b": "\\n\\r"\n}');
    const before = bytes.toString();
    expect(spliceLineBreaks(bytes).toString()).toBe('{    "a": [1, 2], "b": "\\n\\r" }');
    expect(bytes.toString()).toBe(before);
  });

  it.each(["\n1", "\r1", "1\n", "1\r\n"])("finds each kind of break: %j", (text) => {
    expect(spliceLineBreaks(Buffer.from(text)).toString()).toBe(text.replaceAll(/[\r\n]/g, " "));
  });

  it("gives the same buffer back if there are none", () => {
    const bytes = Buffer.from('{"a":"\\n"}');
    expect(spliceLineBreaks(bytes)).toBe(bytes);
  });
});
