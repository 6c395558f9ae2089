import { describe, expect, it } from "vitest";
import { textOf } from "./decode-text.ts";
import { type MembersReading, readJson, readMembers, readValue } from "./json-door.ts";

const faultOf = (text: string | Buffer) => {
  const reading = readJson(Buffer.from(text));
  return reading.outcome === "fault" ? reading.fault : undefined;
};
const codeOf = (text: string | Buffer) => faultOf(text)?.code;
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

function rangesOf(text: string): [string, string, string][] {
  const bytes = Buffer.from(text);
  const reading = readMembers(bytes);
  if (reading.outcome !== "ok") throw new Error(reading.outcome);
  return reading.members.map(({ key, kind, start, end }) => [key, kind, bytes.toString("utf8", start, end)]);
}

describe("encoding", () => {
  it.each([
    ["a lone continuation byte", [0x22, 0x80, 0x22]],
    ["an overlong form", [0x22, 0xc0, 0xaf, 0x22]],
    ["a surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["a character beyond U+10FFFF", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ["a character that ends too early", [0x22, 0xe2, 0x82, 0x22]],
    ["UTF-16", [0xff, 0xfe, 0x31, 0x00]],
    ["Latin-1", [0x22, 0xe9, 0x22]],
  ])("refuses %s", (_, bytes) => {
    expect(faultOf(Buffer.from(bytes))).toMatchObject({ code: "invalid_utf8", pointer: "" });
  });

  it("refuses a byte order mark at the start and says so", () => {
    expect(faultOf("\ufeff{}")).toMatchObject({
      code: "invalid_utf8",
      detail: expect.stringContaining("byte order mark"),
    });
  });

  it("takes U+FEFF inside a string", () => {
    expect(readJson(Buffer.from('"\ufeff"'))).toEqual({ outcome: "ok", value: "\ufeff" });
  });
});

describe("surrogates", () => {
  it.each([
    ...['"\\ud800"', '"\\udfff"', '"\\uDBFF"', '"\\uDC00"', '"\\ud800x"', '"\\ud800\\n"', '"\\ud800\\u0041"'],
    ...[
      '"\\udc00\\ud800"',
      '"\\ud800\\ud800\\udc00"',
      '"\\ud800\\udc00\\udc00"',
      '{"\\ud800":1}',
      '["x","\\udead"]',
    ],
  ])("refuses half a pair: %s", (text) => {
    expect(codeOf(text)).toBe("lone_surrogate");
  });

  it("takes whole pairs, and backslashes that only look like the start of one", () => {
    expect(readJson(Buffer.from('["\\ud83d\\ude00","\\\\ud800"]'))).toEqual({
      outcome: "ok",
      value: ["\u{1f600}", "\\ud800"],
    });
  });

  it("calls a text malformed when both are true", () => {
    expect(codeOf('["\\ud800",]')).toBe("malformed_json");
    expect(codeOf('["\\ud800",{"a":1,"a":2}]')).toBe("duplicate_key");
  });
});

describe("names", () => {
  const wide = (names: readonly string[]) => `{${names.map((name) => `"${name}":0`).join(",")}}`;
  const many = Array.from({ length: 40 }, (_, index) => `n${index}`);

  it.each([
    ['{"a":1,"a":1}', "/a"],
    ['{"a":1,"\\u0061":2}', "/a"],
    ['{"\\u0061":1,"a":2}', "/a"],
    ['{"\\u0061":1,"b":1,"\\u0061":2}', "/a"],
    ['{"":1,"":2}', "/"],
    ['{"__proto__":1,"__proto__":2}', "/__proto__"],
    ['{"__proto__":1,"\\u005f_proto__":2}', "/__proto__"],
    ['{"\\/":1,"/":2}', "/~1"],
    ['{"\u00e9":1,"\\u00e9":2}', "/\u00e9"],
    ['{"\u{1f600}":1,"\\ud83d\\ude00":2}', "/\u{1f600}"],
    ['{"a":{"b":[0,{"c":1,"d":2,"c":3}]}}', "/a/b/1/c"],
    [wide([...many, "n0"]), "/n0"],
    [wide([...many, "n39"]), "/n39"],
    [wide([...many, "\\u006e20"]), "/n20"],
    [wide([...many.slice(0, 16), "n15"]), "/n15"],
    [wide([...many.slice(0, 15), "n14"]), "/n14"],
    ['{"a":{"x":1,"y":2},"b":0,"a":1}', "/a"],
  ])("stand once in an object: %s", (text, pointer) => {
    expect(faultOf(text)).toMatchObject({ code: "duplicate_key", pointer });
  });

  it.each([
    wide(many),
    wide(many.map((name) => `\\u0041${name}`)),
    wide(["abc", "aXc", "abd", "a", "ab", "abb", "acb", "aabb", "abab", "abbb"]),
    `[${wide(many)},${wide(many)}]`,
    `{"a":${wide(many)},"b":${wide(many)},"c":${wide(["a", "b"])}}`,
    wide(["aba", `a${"b".repeat(257)}a`]),
    wide(["__proto__", "constructor", "hasOwnProperty", "toString"]),
    wide(["e\u0301", "\u00e9", "E", "e"]),
    wide([many[0] ?? "", `\\u0000${many[0]}`]),
  ])("may stand in several objects, and be alike: %s", (text) => {
    expect(readJson(Buffer.from(text))).toEqual({ outcome: "ok", value: JSON.parse(text) });
  });

  it("are kept for all objects that are open", () => {
    const open = `{${many
      .slice(0, 15)
      .map((name) => `"${name}":0,`)
      .join("")}"x":`;
    expect(codeOf(`${open.repeat(65)}0${"}".repeat(65)}`)).toBeUndefined();
    expect(codeOf(`${open.repeat(65)}0,"n7":0${"}".repeat(65)}`)).toBe("duplicate_key");
    expect(codeOf(`${open.repeat(65)}0${"}".repeat(64)},"n7":0}`)).toBe("duplicate_key");
  });

  it.each([1024, 1025, 20_000])("are told apart to their last character: %d of them", (length) => {
    const long = "x".repeat(length - 1);
    expect(codeOf(wide([`${long}a`, `${long}b`, `${long}c`]))).toBeUndefined();
    expect(codeOf(wide([`${long}a`, `${long}b`, `${long}a`]))).toBe("duplicate_key");
    expect(codeOf(wide([`${long}a`, `${long}b`, `${long}\\u0061`]))).toBe("duplicate_key");
  });

  it("with half a surrogate pair each are told apart, too", () => {
    const long = "x".repeat(2000);
    expect(codeOf(wide([`\\ud800${long}`, `\\ud801${long}`]))).toBe("lone_surrogate");
    expect(codeOf(wide([`\\ud800${long}`, `\\ud800${long}`]))).toBe("duplicate_key");
  });
});

describe("depth", () => {
  it("counts inside the members of an envelope: 64 are taken, 65 are not", () => {
    expect(readMembers(Buffer.from(`{"payload":${nested(64)}}`)).outcome).toBe("ok");
    expect(readMembers(Buffer.from(`{"payload":${nested(65)}}`))).toMatchObject({
      fault: { code: "json_too_deep", pointer: `/payload${"/0".repeat(64)}` },
    });
  });

  it("counts from the outermost value where that is the payload", () => {
    expect(readValue(Buffer.from(nested(64))).outcome).toBe("ok");
    expect(readValue(Buffer.from(nested(65)))).toMatchObject({ fault: { code: "json_too_deep" } });
  });

  it("leaves room for as many envelopes as a route has", () => {
    expect(readJson(Buffer.from(nested(65))).outcome).toBe("ok");
    expect(readJson(Buffer.from(nested(66))).outcome).toBe("fault");
    expect(readJson(Buffer.from(nested(66)), 2).outcome).toBe("ok");
  });

  it("counts objects like arrays, and not what was closed", () => {
    const objects = `${'{"a":'.repeat(64)}0${"}".repeat(64)}`;
    expect(readValue(Buffer.from(objects)).outcome).toBe("ok");
    expect(readValue(Buffer.from(`{"a":${objects}}`))).toMatchObject({
      fault: { code: "json_too_deep", pointer: "/a".repeat(64) },
    });
    expect(readValue(Buffer.from(`[${"[],{},".repeat(500)}0]`)).outcome).toBe("ok");
    expect(readValue(Buffer.from(`[${`${nested(63)},`.repeat(9)}0]`)).outcome).toBe("ok");
    expect(readValue(Buffer.from(`${"[".repeat(64)}{}${"]".repeat(64)}`))).toMatchObject({
      outcome: "fault",
    });
  });

  it("calls a deep text malformed if it is, also below the limit", () => {
    expect(codeOf(`${"[".repeat(100)}1 2${"]".repeat(100)}`)).toBe("malformed_json");
    expect(codeOf("[".repeat(1000))).toBe("malformed_json");
  });
});

describe("pointers", () => {
  it.each([
    ["tru", ""],
    ['{"a":tru}', "/a"],
    ['{"a":[0,{"b":01}]}', "/a/1/b"],
    ['{"a":1 "b":2}', ""],
    ['{"x":{"a":1 "b":2}}', "/x"],
    ['{"x":[1 2]}', "/x"],
    ['{"x":[1,]}', "/x/1"],
    ['{"x":{"a":1,}}', "/x"],
    ['{"x":{"a":1,"b\\x":2}}', "/x"],
    ['{"x":{"a" 1}}', "/x/a"],
    ['{"x":[[],[[],nope]]}', "/x/1/1"],
    ['{"a/b~c":{"":[nope]}}', "/a~1b~0c//0"],
    ['{"\\u0061\\n":nope}', "/a\n"],
    ['{"a":1}x', ""],
    ['{"a":{"b":1},"c":nope}', "/c"],
    ["[[1,2,3],[4],nope]", "/2"],
    ['[{"a":[1,2]},{"a":"\\ud800"}]', "/1/a"],
    ['{"a":{"b":1,"\\udc00":2}}', "/a"],
    ['{"a":{"\\udc00":nope}}', "/a/\ufffd"],
  ])("say where %s breaks", (text, pointer) => {
    expect(faultOf(text)?.pointer).toBe(pointer);
  });

  it("are cut to the nearest ancestor that fits 256 characters", () => {
    const long = "n".repeat(300);
    expect(faultOf(`{"a":{"${long}":{"b":nope}}}`)?.pointer).toBe("/a");
    expect(faultOf("[".repeat(1000))?.pointer).toBe("/0".repeat(128));
  });
});

describe("details", () => {
  it.each([
    ["", "Send a JSON value; this text is empty."],
    ['{"a":1', "Close every string, array and object; the JSON ends too early, at byte 6."],
    ['{"a" 1}', "Put a colon between member name and value, at byte 5."],
    ['{"a":1]', "Put a comma or a closing brace at byte 6."],
    ["[1}", "Put a comma or a closing bracket at byte 2."],
    ["{} 1", "Send one JSON value only; remove what begins at byte 3."],
  ])("say what to do about %j", (text, detail) => {
    expect(faultOf(text)?.detail).toBe(detail);
  });

  it("echo nothing of the text", () => {
    for (const text of [
      "[secret]",
      '["\\secret"]',
      '["a" secret]',
      '"secret',
      "[0secret]",
      '{"a":1,secret}',
    ]) {
      expect(JSON.stringify(faultOf(text))).not.toContain("secret");
    }
  });
});

describe("readMembers", () => {
  it("gives every member's name, kind and exact bytes", () => {
    const text =
      ' { "payload" :\t{ "n": 9007199254740993, "e":1e400 }\r\n,"t\\u0079pe":"a\\"}", "n":-1.50E+2 ,"l":[ ] ,"b":true,"z":null } ';
    expect(rangesOf(text)).toEqual([
      ["payload", "object", '{ "n": 9007199254740993, "e":1e400 }'],
      ["type", "string", '"a\\"}"'],
      ["n", "number", "-1.50E+2"],
      ["l", "array", "[ ]"],
      ["b", "boolean", "true"],
      ["z", "null", "null"],
    ]);
  });

  it("takes an object without members", () => {
    expect(rangesOf(" { } ")).toEqual([]);
  });

  it("lists each of very many members, usual names or not", () => {
    const names = [...Array.from({ length: 300 }, (_, index) => `name${index}`), "type", "tape", "\u00e9"];
    expect(rangesOf(JSON.stringify(Object.fromEntries(names.map((name) => [name, name]))))).toEqual(
      names.map((name) => [name, "string", `"${name}"`]),
    );
  });

  it.each<[string, MembersReading]>([
    ["[]", { outcome: "not_object", kind: "array" }],
    ['[{"a":1}]', { outcome: "not_object", kind: "array" }],
    [' "x"', { outcome: "not_object", kind: "string" }],
    ["1", { outcome: "not_object", kind: "number" }],
  ])("says when the outermost value is no object: %s", (text, reading) => {
    expect(readMembers(Buffer.from(text))).toEqual(reading);
  });

  it("is not confused by the reading before", () => {
    readMembers(Buffer.from(`{"a":{"b":["\\ud800",${nested(400)},`));
    expect(rangesOf('{"b":1,"a":2}')).toEqual([
      ["b", "number", "1"],
      ["a", "number", "2"],
    ]);
  });

  it("gives ranges in a view of a larger buffer as positions in the view", () => {
    const view = Buffer.from('xx{"a":"b"}xx').subarray(2, 11);
    const reading = readMembers(view);
    expect(reading).toEqual({ outcome: "ok", members: [{ key: "a", kind: "string", start: 5, end: 8 }] });
    expect(textOf(view, { kind: "string", start: 5, end: 8 })).toBe("b");
  });
});

describe("readValue", () => {
  it.each([' {"a" : 1}\n', "1e400", "\tnull", '"x" ', "[1, 2]"])(
    "gives %j without the space around it",
    (text) => {
      const bytes = Buffer.from(text);
      const reading = readValue(bytes);
      expect(reading.outcome === "ok" && bytes.toString("utf8", reading.range.start, reading.range.end)).toBe(
        text.trim(),
      );
    },
  );
});

describe("readJson", () => {
  it("keeps names of the prototype chain as plain data", () => {
    const reading = readJson(Buffer.from('{"__proto__":{"a":1}}'));
    if (reading.outcome !== "ok") throw new Error(reading.fault.code);
    expect(Object.keys(reading.value as object)).toEqual(["__proto__"]);
  });
});
