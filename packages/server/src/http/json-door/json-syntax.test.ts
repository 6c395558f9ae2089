import { describe, expect, it } from "vitest";
import { readJson } from "./json-door.ts";

const SOUND = [
  // Scalars and the white space around them.
  ..."0|-0|1|-1|42|9007199254740993|-123456789012345678901234567890|0.0|-0.0|0.1|3.14159|1.0e0".split("|"),
  ..."1e1|1E1|1e+1|1e-1|1E+02|0e0|0E-0|-0e+1|1.5e300|1e400|-1e400|1e-999|123.456e78|1e00001".split("|"),
  ..."true|false|null| true| null |\ttrue\n|\r\n1\r\n| \t\r\n0 \t\r\n".split("|"),
  // Strings.
  ...['""', '" "', '"a"', '"abc def"', '"\u007f"', '"é"', '"日本語"', '"😀"', '"\u2028\u2029"', '"\ufeff"'],
  ...['"\\""', '"\\\\"', '"\\/"', '"\\b"', '"\\f"', '"\\n"', '"\\r"', '"\\t"', '"\\\\\\""', '"/"', '"\'"'],
  ...['"\\u0000"', '"\\u0020"', '"\\u00e9"', '"\\uABCD"', '"\\uabcd"', '"\\uAbCd"', '"\\uFFFF"', '"\\ufffe"'],
  ...['"\\ud83d\\ude00"', '"\\uD800\\uDC00"', '"\\udbff\\udfff"', '"a\\ud83d\\ude00b"', '"\\uD7FF\\uE000"'],
  ...[
    '"\\\\u12"',
    '"\\\\ud800"',
    '"\\u005c"',
    '"\\u0022"',
    '"[,]{:}"',
    '"\u0080"',
    '"\uffff"',
    '"\u{10ffff}"',
  ],
  // Arrays.
  ..."[]|[ ]|[\n]|[1]|[ 1 ]|[1,2]|[1 , 2]|[[]]|[[],[]]|[[[]]]|[{}]|[null]|[true,false]|[0,-0,0.5,1e5]".split(
    "|",
  ),
  ...['["a"]', '["a","b"]', '["]"]', '["["]', '[""]', "[1,\t2\r\n]", '[[1],["a"],[{}]]', "[ [ ] , { } ]"],
  ...["[0]", "[-1]", "[1e1]", "[1.5,2]", "[1\n]", "[true]", "[null,null,null]", "[[[[[[[[[[1]]]]]]]]]]"],
  // Objects.
  ...[
    "{}",
    "{ }",
    "{\n\t}",
    '{"a":1}',
    '{ "a" : 1 }',
    '{"a":1,"b":2}',
    '{"a":{}}',
    '{"a":[]}',
    '{"a":{"a":1}}',
  ],
  ...[
    '{"":0}',
    '{"":{"":0}}',
    '{"a":"b"}',
    '{"a":null}',
    '{"a":true,"b":false}',
    '{"\\u0061":1}',
    '{"a b":1}',
  ],
  ...['{"__proto__":1}', '{"constructor":{"prototype":1}}', '{"toString":1}', '{"a":1,"A":2}', '{"é":1}'],
  ...[
    '{"a":{"x":1},"b":{"x":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":1,"b":{"a":1,"b":2}}',
    '{"{":"}"}',
    '{"\\n":1}',
  ],
  ...[
    '{"é":1,"e\u0301":2}',
    '{"a":1\r\n,\r\n"b":\t2}',
    '{"1":1,"01":2,"1.0":3}',
    '{"\\u0000":1,"\\u0001":2}',
  ],
];

const MALFORMED = [
  // Nothing, or not enough.
  ...'| |\n|\t\t|{|[|"|{"|["|{"a|{"a"|{"a":|{"a":1|{"a":1,|[1|[1,|[[]|[{}|{"a":[}|-|"a|"\\|"\\"'.split("|"),
  // More than one value.
  ...'1 2|{}{}|[][]|[] 1|nulltrue|true false|"a""b"|{}}|[]]|1,|,1|,|[],|{},|1]|1}|[1]x|{}#|null\u0000|1\u00a0'.split(
    "|",
  ),
  // Words.
  ..."nul|nulll|tru|truE|True|TRUE|NULL|False|fals|falsey|none|undefined|NaN|Infinity|-Infinity|a|[a]|[nul]|[tru]".split(
    "|",
  ),
  // Numbers.
  ..."+1|.5|5.|1.e1|01|-01|00|-00|0x10|1e|1e+|1E-|1e1.5|--1|-+1|1-|1+1|1_000|1.2.3|0e|0e+|-.5|- 1|1.|2.e3".split(
    "|",
  ),
  ..."0.|-a|1a|0a|1e5e5|0b1|0o7|1,000|1n|１|[01]|[-]|[1.]|[.1]|[+1]|[1e]|[-Infinity]|1.5f|0.0.0|e1|[0,01]".split(
    "|",
  ),
  // Strings.
  ...[
    '"\n"',
    '"\t"',
    '"\r"',
    '"\u0000"',
    '"\u001f"',
    '"a\u0000b"',
    "'a'",
    "`a`",
    '"a\nb"',
    '"\\\n"',
    '"""',
    '["a]',
  ],
  ...[
    '"\\a"',
    '"\\x41"',
    '"\\0"',
    '"\\\'"',
    '"\\U0041"',
    '"\\v"',
    '"\\ "',
    '"\\é"',
    '"\\"',
    '"a\\"',
    "\\u0061",
  ],
  ...[
    '"\\u"',
    '"\\u1"',
    '"\\u12"',
    '"\\u123"',
    '"\\u123g"',
    '"\\ug123"',
    '"\\u 123"',
    '"\\u12 4"',
    '"\\u-123"',
  ],
  ...[
    '"\\ud83d\\u"',
    '"\\ud83d\\ude0"',
    '"\\ud83d\\x"',
    '"\\ud83d',
    '"\\ud83d\\',
    '"\\u00\u0660\u0660"',
    '"\\u+123"',
  ],
  // Arrays.
  ...'[,]|[1,]|[,1]|[1,,2]|[1 2]|[1;2]|[1:2]|]|[}|[1}|[[]|[]]|[[1]|[1,\n|["a",]|["a" "b"]|[null,]|[{},]|[(1)]'.split(
    "|",
  ),
  ...[
    '["a":1]',
    "[ , ]",
    "[1,2,]",
    "[1\u000b]",
    "[\f]",
    "[\u00a0]",
    "[\u2028]",
    "[//\n]",
    "[/**/]",
    "[1]//",
    "[#]",
    "<1>",
  ],
  // Objects.
  ...[
    "}",
    "{]",
    "{,}",
    "{1:1}",
    "{a:1}",
    "{'a':1}",
    '{"a"}',
    '{"a":}',
    '{"a" 1}',
    '{"a",1}',
    '{"a"=1}',
    '{"a":1,}',
  ],
  ...[
    '{"a":1,,"b":2}',
    '{,"a":1}',
    '{"a":1 "b":2}',
    '{"a":1;"b":2}',
    '{"a"::1}',
    '{"a":1:2}',
    '{"a":1]',
    '{"a":[1}',
  ],
  ...[
    "{null:1}",
    '{"a":1}}',
    '{"a":1,"b"}',
    '{"a":1,b:2}',
    "{[]:1}",
    "{{}:1}",
    '{"a":/**/1}',
    '{"a":1}/**/',
    '{"a" b:1}',
  ],
  ...[
    '{"a":"b}',
    '{"a:1}',
    '{"a\n":1}',
    '{"\\x":1}',
    "{:1}",
    '{"a":1,1}',
    '{"a":a}',
    "{...{}}",
    '{"a":undefined}',
    "{1}",
  ],
];

describe("strict JSON", () => {
  it("has a table of some size", () => {
    expect(new Set(SOUND).size).toBeGreaterThan(100);
    expect(new Set(MALFORMED).size).toBeGreaterThan(170);
  });

  it.each(SOUND)("takes %j and reads it as JSON.parse does", (text) => {
    expect(readJson(Buffer.from(text))).toEqual({ outcome: "ok", value: JSON.parse(text) });
  });

  it.each(MALFORMED)("refuses %j, as JSON.parse does", (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(readJson(Buffer.from(text))).toMatchObject({
      outcome: "fault",
      fault: { code: "malformed_json" },
    });
  });

  const unstructured = [...SOUND, ...MALFORMED].filter((text) => !/[,:[\]{}]/.test(text));

  it.each(unstructured)("judges %j the same inside an array and as a member", (text) => {
    const { outcome } = readJson(Buffer.from(text));
    expect(readJson(Buffer.from(`[${text},0]`)).outcome).toBe(outcome);
    expect(readJson(Buffer.from(`{"a":${text}}`)).outcome).toBe(outcome);
  });
});
