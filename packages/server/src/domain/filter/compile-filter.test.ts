import { describe, expect, it } from "vitest";
import { compileFilter } from "./compile-filter.ts";
import { FILTER_LIMITS } from "./filter-limits.ts";
import { doesMatch, sampleFilter } from "./testing/filter-samples.ts";

function faultsOf(pattern: unknown) {
  const compilation = compileFilter(pattern);
  return compilation.outcome === "invalid" ? compilation.faults : [];
}

describe("no filter", () => {
  it.each([undefined, null, {}])("%j matches everything", (pattern) => {
    expect(doesMatch(pattern, {})).toBe(true);
    expect(doesMatch(pattern, { type: "a", payload: [1] })).toBe(true);
  });
});

describe("what a filter reads", () => {
  it.each([
    [{ type: ["a"] }, false, false],
    [{ payload: { a: [1] } }, false, true],
    [{ metadata: { a: [1] } }, true, false],
    [{ $or: [{ type: ["a"] }, { metadata: { payload: [1] } }] }, true, false],
  ])("%j", (pattern, readsMetadata, readsPayload) => {
    expect(sampleFilter(pattern)).toMatchObject({ readsMetadata, readsPayload });
  });
});

const inList = { pointer: "/payload/a/0", parent: (value: unknown) => ({ payload: { a: [value] } }) };
const OPERATORS =
  "`prefix`, `suffix`, `equals-ignore-case`, `wildcard`, `anything-but`, `numeric`, `cidr`, `exists`";
const ANYTHING_BUT =
  "Give `anything-but` a string, a number, a list of strings, a list of numbers, or one of `prefix`, `suffix`, `equals-ignore-case`, `wildcard` with a string or a list of strings.";
const NUMERIC =
  'Give `numeric` a list such as ["=", 5], [">", 0] or [">=", 0, "<", 10]: an operator and a number, the lower bound first.';
const CIDR = 'Give `cidr` a network such as "10.0.0.0/8" or "2001:db8::/32".';
const ENVELOPE =
  "Filter on `type`, `source`, `subject`, `tags`, `metadata` or `payload`; fields of your own are inside `payload`.";
const LIST = 'Put the accepted values in a list, such as ["paid"] or [{"prefix": "pa"}].';
const LIST_OR_OBJECT =
  'Put the accepted values in a list, such as ["paid"] or [{"prefix": "pa"}], or give an object of fields.';

const FAULTY_VALUES: [unknown, string, string][] = [
  [{}, "", "Give exactly one operator in each object; several in one list are alternatives."],
  [
    { prefix: "a", suffix: "b" },
    "",
    "Give exactly one operator in each object; several in one list are alternatives.",
  ],
  [{ regex: "a" }, "", `Use one of the operators ${OPERATORS}.`],
  [{ constructor: "a" }, "", `Use one of the operators ${OPERATORS}.`],
  [["a"], "", "Put values and operators straight into the list, not into a list inside it."],
  [Number.POSITIVE_INFINITY, "", "Use a number that a 64-bit double can hold."],
  [{ prefix: 5 }, "/prefix", "Give `prefix` a string."],
  [{ prefix: { suffix: "a" } }, "/prefix", 'Give `prefix` a string or {"equals-ignore-case": …}.'],
  [{ suffix: {} }, "/suffix", 'Give `suffix` a string or {"equals-ignore-case": …}.'],
  [
    { suffix: { "equals-ignore-case": "a", prefix: "b" } },
    "/suffix",
    'Give `suffix` a string or {"equals-ignore-case": …}.',
  ],
  [
    { suffix: { "equals-ignore-case": ["a"] } },
    "/suffix/equals-ignore-case",
    "Give `equals-ignore-case` a string.",
  ],
  [{ "equals-ignore-case": ["a"] }, "/equals-ignore-case", "Give `equals-ignore-case` a string."],
  [{ wildcard: null }, "/wildcard", "Give `wildcard` a string."],
  [{ wildcard: "a**" }, "/wildcard", "Write one `*` instead of several in a row."],
  [{ wildcard: "\\a" }, "/wildcard", "Use a backslash only before `*` or another backslash."],
  [{ "anything-but": null }, "/anything-but", ANYTHING_BUT],
  [{ "anything-but": true }, "/anything-but", ANYTHING_BUT],
  [{ "anything-but": [] }, "/anything-but", ANYTHING_BUT],
  [{ "anything-but": ["a", 1] }, "/anything-but", ANYTHING_BUT],
  [{ "anything-but": [null] }, "/anything-but", ANYTHING_BUT],
  [{ "anything-but": {} }, "/anything-but", ANYTHING_BUT],
  [{ "anything-but": { numeric: ["=", 1] } }, "/anything-but", ANYTHING_BUT],
  [{ "anything-but": { prefix: "a", suffix: "b" } }, "/anything-but", ANYTHING_BUT],
  [
    { "anything-but": { prefix: [] } },
    "/anything-but/prefix",
    "Give `prefix` a string or a list of strings.",
  ],
  [{ "anything-but": { prefix: "" } }, "/anything-but/prefix", "Give `prefix` at least one character here."],
  [
    { "anything-but": { suffix: ["a", ""] } },
    "/anything-but/suffix/1",
    "Give `suffix` at least one character here.",
  ],
  [{ "anything-but": { wildcard: [1] } }, "/anything-but/wildcard/0", "Give `wildcard` a string."],
  [
    { "anything-but": { "equals-ignore-case": null } },
    "/anything-but/equals-ignore-case",
    "Give `equals-ignore-case` a string.",
  ],
  [{ numeric: 5 }, "/numeric", NUMERIC],
  [{ numeric: [] }, "/numeric", NUMERIC],
  [{ numeric: ["="] }, "/numeric", NUMERIC],
  [{ numeric: ["=", "5"] }, "/numeric", NUMERIC],
  [{ numeric: ["=", 5, "<", 6] }, "/numeric", NUMERIC],
  [{ numeric: ["!=", 5] }, "/numeric", NUMERIC],
  [{ numeric: [">", "5"] }, "/numeric", NUMERIC],
  [{ numeric: ["<", 5, ">", 0] }, "/numeric", NUMERIC],
  [{ numeric: [">", 5, ">", 6] }, "/numeric", NUMERIC],
  [{ numeric: [">", 0, "<", 5, "<", 6] }, "/numeric", NUMERIC],
  [{ numeric: [">", 5, "<", 5] }, "/numeric", "Raise the upper bound: no number lies between the two."],
  [{ numeric: [">=", 5, "<", 5] }, "/numeric", "Raise the upper bound: no number lies between the two."],
  [{ numeric: [">=", 6, "<=", 5] }, "/numeric", "Raise the upper bound: no number lies between the two."],
  [{ cidr: "10.0.0.0" }, "/cidr", CIDR],
  [{ cidr: 10 }, "/cidr", CIDR],
  [{ exists: "yes" }, "/exists", "Give `exists` either true or false."],
];

describe("an invalid filter", () => {
  it.each(["text", 5, true, [], [{ type: ["a"] }]])("is %j, which is no object", (pattern) => {
    const detail = 'Give an object, such as {"type": ["order.created"]}, or no filter to take every event.';
    expect(faultsOf(pattern)).toEqual([{ pointer: "", detail }]);
  });

  it.each([
    [{ order_id: ["a"] }, "/order_id", ENVELOPE],
    [JSON.parse('{"__proto__": ["a"]}'), "/__proto__", ENVELOPE],
    [{ type: "a" }, "/type", LIST],
    [{ type: { prefix: ["a"] } }, "/type", LIST],
    [{ tags: null }, "/tags", LIST],
    [{ metadata: ["a"] }, "/metadata", 'Give an object of fields, such as {"priority": ["high"]}.'],
    [{ payload: "a" }, "/payload", LIST_OR_OBJECT],
    [{ payload: { "a/b~c": 5 } }, "/payload/a~1b~0c", LIST_OR_OBJECT],
    [
      { payload: {} },
      "/payload",
      'Name at least one field; [{"exists": true}] is a list that takes any value.',
    ],
    [{ payload: { a: [] } }, "/payload/a", "Give at least one value."],
  ])("has a field that is none or takes something else: %j", (pattern, pointer, detail) => {
    expect(faultsOf(pattern)).toEqual([{ pointer, detail }]);
  });

  it.each([
    [{ $or: {} }, "/$or", "Give `$or` a list of at least two objects."],
    [{ $or: [{ type: ["a"] }] }, "/$or", "Give `$or` a list of at least two objects."],
    [{ $or: [{ type: ["a"] }, {}] }, "/$or/1", "Give `$or` objects with at least one field each."],
    [{ $or: ["a", { type: ["a"] }] }, "/$or/0", "Give `$or` objects with at least one field each."],
    [{ $or: [{ type: ["a"] }, { id: ["a"] }] }, "/$or/1/id", ENVELOPE],
    [
      { payload: { a: { $or: [{ prefix: ["x"] }, { b: ["x"] }] } } },
      "/payload/a/$or/0",
      `Name a field here; the operators ${OPERATORS} belong into the list of a field.`,
    ],
  ])("has a faulty $or: %j", (pattern, pointer, detail) => {
    expect(faultsOf(pattern)).toEqual([{ pointer, detail }]);
  });

  it.each(FAULTY_VALUES)("has a faulty value: %j", (value, pointer, detail) => {
    expect(faultsOf(inList.parent(value))).toEqual([{ pointer: `${inList.pointer}${pointer}`, detail }]);
  });

  it("is answered with all its faults, up to a limit", () => {
    expect(faultsOf({ type: "a", payload: { a: [{ prefix: 1 }], b: [], c: ["fine"] } })).toHaveLength(3);
    expect(faultsOf({ type: new Array(100).fill([]) })).toHaveLength(FILTER_LIMITS.faults);
  });
});

it("fails a test that takes an invalid pattern for a filter", () => {
  expect(() => sampleFilter({ typo: ["a"] })).toThrow("/typo");
});

describe("limits", () => {
  const long = "x".repeat(FILTER_LIMITS.stringLength + 1);
  const fitting = "x".repeat(FILTER_LIMITS.stringLength);
  const TOO_LONG = "Use at most 2048 characters.";

  it.each([
    [{ type: [long] }, "/type/0"],
    [{ type: [{ prefix: long }] }, "/type/0/prefix"],
    [{ type: [{ suffix: { "equals-ignore-case": long } }] }, "/type/0/suffix/equals-ignore-case"],
    [{ type: [{ "anything-but": long }] }, "/type/0/anything-but"],
    [{ type: [{ "anything-but": ["a", long] }] }, "/type/0/anything-but/1"],
    [{ payload: { [long]: ["a"] } }, "/payload"],
  ])("refuse long strings", (pattern, pointer) => {
    expect(faultsOf(pattern)).toEqual([{ pointer, detail: TOO_LONG }]);
  });

  it("take strings that just fit", () => {
    expect(faultsOf({ type: [fitting], payload: { [fitting]: [{ wildcard: fitting }] } })).toEqual([]);
  });

  it("refuse deep nesting, however deep", () => {
    const nest = (levels: number): unknown => {
      let pattern: unknown = ["a"];
      for (let level = 0; level < levels; level++) pattern = { a: pattern };
      return { payload: pattern };
    };
    expect(faultsOf(nest(FILTER_LIMITS.depth - 1))).toEqual([]);
    const pointer = `/payload${"/a".repeat(FILTER_LIMITS.depth - 1)}`;
    const fault = { pointer, detail: "Nest fields and `$or` at most 32 deep." };
    expect(faultsOf(nest(FILTER_LIMITS.depth))).toEqual([fault]);
    expect(faultsOf(nest(1_000_000))).toEqual([fault]);
    expect(faultsOf(JSON.parse(`{"type": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`))).toHaveLength(1);
  });

  it("count levels of $or too", () => {
    let pattern: unknown = { type: ["a"] };
    for (let level = 0; level < FILTER_LIMITS.depth; level++) pattern = { $or: [{ type: ["b"] }, pattern] };
    const pointers = faultsOf(pattern).map(({ pointer }) => pointer);
    const deepest = "/$or/1".repeat(FILTER_LIMITS.depth - 1);
    expect(pointers).toEqual([`${deepest}/$or/0`, `${deepest}/$or/1`]);
  });

  it("refuse many values, also in anything-but", () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
    const detail = "List at most 1000 values in one filter.";
    expect(faultsOf({ payload: { a: numbers(1_000) } })).toEqual([]);
    expect(faultsOf({ payload: { a: numbers(1_001) } })).toEqual([{ pointer: "", detail }]);
    expect(faultsOf({ payload: { a: [{ "anything-but": numbers(999) }] } })).toEqual([]);
    expect(faultsOf({ payload: { a: [{ "anything-but": numbers(1_000) }] } })).toEqual([
      { pointer: "", detail },
    ]);
  });

  it("refuse many bytes, counted in UTF-8", () => {
    const lists = (count: number) => ({ payload: { a: new Array(count).fill("é".repeat(1_000)) } });
    expect(faultsOf(lists(8))).toEqual([]);
    const detail = "Make the filter smaller: at most 16384 bytes of JSON.";
    expect(faultsOf(lists(9))).toEqual([{ pointer: "", detail }]);
  });

  it("refuse many stars in wildcards", () => {
    const detail = "Use at most 64 stars in all wildcards.";
    const stars = (count: number) => ({ wildcard: "*a".repeat(count) });
    expect(faultsOf({ type: [stars(32), stars(32)] })).toEqual([]);
    expect(faultsOf({ type: [stars(32), { "anything-but": stars(33) }] })).toEqual([{ pointer: "", detail }]);
  });

  it("refuse many lists and operators inside payload and metadata", () => {
    const detail = "Use at most 100 lists and operators inside `payload` and `metadata`.";
    const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
    const operators = (count: number) => names(count).map((prefix) => ({ prefix }));
    const isFine = (pattern: unknown) => expect(faultsOf(pattern)).toEqual([]);
    const isRefused = (pattern: unknown) => expect(faultsOf(pattern)).toEqual([{ pointer: "", detail }]);
    isFine({ payload: operators(99) });
    isRefused({ payload: operators(100) });
    isFine({ metadata: { a: operators(99) } });
    isRefused({ metadata: { a: operators(100) } });
    isFine({ payload: { a: [{ "anything-but": { prefix: names(98) } }] } });
    isRefused({ payload: { a: [{ "anything-but": { prefix: names(99) } }] } });
    const fields = (count: number) => Object.fromEntries(names(count).map((name) => [name, ["x", "y"]]));
    isFine({ payload: fields(100) });
    isRefused({ payload: fields(101) });
    isFine({ type: operators(500), payload: fields(100) });
  });

  it("refuse many combinations of $or", () => {
    const branches = (field: string, count: number) =>
      Array.from({ length: count }, (_, index) => ({ [field]: [String(index)] }));
    const pattern = (inner: number) => ({
      $or: branches("type", 10),
      payload: { a: { $or: branches("x", 10) }, b: { $or: branches("y", inner) } },
    });
    expect(faultsOf(pattern(10))).toEqual([]);
    const detail = "Use fewer `$or` branches: at most 1000 combinations.";
    expect(faultsOf(pattern(11))).toEqual([{ pointer: "", detail }]);
  });

  it("refuse many clauses only when they have to be written out", () => {
    const fields = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, [1]]));
    const branches = (wrap: (list: unknown) => unknown) =>
      Array.from({ length: 40 }, (_, index) => wrap([String(index)]));
    expect(faultsOf({ payload: fields, $or: branches((type) => ({ type })) })).toEqual([]);
    expect(faultsOf({ payload: fields, $or: branches((list) => ({ payload: { x: list } })) })).toEqual([]);
    const mixed = branches((list) => ({ type: list, payload: { x: list } }));
    const detail = "Use fewer `$or` branches, or do not name the same field inside and outside of `$or`.";
    expect(faultsOf({ payload: fields, $or: mixed })).toEqual([{ pointer: "", detail }]);
    expect(faultsOf({ payload: { x: [1] }, $or: mixed })).toEqual([]);
  });
});
