import { describe, expect, it } from "vitest";
import { explainFilter, type FilterExplanation } from "./explain-filter.ts";
import type { FilterableEvent, JsonValue } from "./filterable-event.ts";
import { SHORT_VALUE_CHARACTERS } from "./shorten-value.ts";
import { sampleEvent, sampleFilter } from "./testing/filter-samples.ts";

function explain(pattern: JsonValue, fields: Partial<FilterableEvent>): FilterExplanation {
  return explainFilter(sampleFilter(pattern), sampleEvent(fields));
}

function failed(pointer: string, pattern: JsonValue, value: JsonValue): FilterExplanation {
  return { matched: false, failed: { pointer, pattern, value } };
}

describe("explainFilter", () => {
  it("says so when the event matches", () => {
    expect(explain({ type: ["a"] }, { type: "a" })).toEqual({ matched: true });
  });

  it("names the first clause that fails with what it asks for and the value seen", () => {
    const pattern = {
      type: [{ prefix: "order." }],
      payload: { amount: [{ numeric: [">", 1000] }], "a/b": { c: ["x"] } },
    };
    expect(explain(pattern, { type: "user.created" })).toEqual(
      failed("/type", [{ prefix: "order." }], "user.created"),
    );
    expect(explain(pattern, { type: "order.paid", payload: { amount: 5 } })).toEqual(
      failed("/payload/amount", [{ numeric: [">", 1000] }], 5),
    );
    expect(
      explain(pattern, { type: "order.paid", payload: { amount: 1001, "a/b": { c: ["y", "z"] } } }),
    ).toEqual(failed("/payload/a~1b/c", ["x"], ["y", "z"]));
  });

  it("shows null for what is absent", () => {
    expect(explain({ type: ["a"] }, {})).toEqual(failed("/type", ["a"], null));
    expect(explain({ payload: { a: { b: ["x"] } } }, { payload: {} })).toEqual(
      failed("/payload/a/b", ["x"], null),
    );
    expect(explain({ payload: { a: { b: ["x"] } } }, { payload: { a: "text" } })).toEqual(
      failed("/payload/a/b", ["x"], null),
    );
  });

  it("shows the value of a field that should be absent", () => {
    const absent = [{ exists: false }];
    expect(explain({ payload: { a: absent } }, { payload: { a: 1 } })).toEqual(
      failed("/payload/a", absent, 1),
    );
  });

  it("shows the fields that the branches of an $or name", () => {
    const branches = [{ type: ["a"] }, { payload: { x: [1] }, $or: [{ source: ["b"] }, { subject: ["c"] }] }];
    expect(explain({ $or: branches }, { type: "b", source: "b", tags: ["t"], payload: { x: 2 } })).toEqual(
      failed("/$or", branches, { type: "b", payload: { x: 2 }, source: "b" }),
    );
    const inner = [{ y: [1] }, { z: [1] }];
    expect(explain({ payload: { $or: inner, x: [1] } }, { payload: { x: 1, z: 2, w: 3 } })).toEqual(
      failed("/payload/$or", inner, { z: 2 }),
    );
  });

  it("names the clause that no element of an array satisfies, with all that was seen", () => {
    const items = [{ sku: "a", at: [{ n: 1 }] }, { sku: "b", at: { n: 2 } }, "text"];
    const payload = { items };
    expect(explain({ payload: { items: { sku: ["c"] } } }, { payload })).toEqual(
      failed("/payload/items/sku", ["c"], ["a", "b"]),
    );
    expect(explain({ payload: { items: { at: { n: [3] } } } }, { payload })).toEqual(
      failed("/payload/items/at/n", [3], [1, 2]),
    );
    expect(explain({ payload: { items: { qty: [3] } } }, { payload })).toEqual(
      failed("/payload/items/qty", [3], null),
    );
    const branches = [{ sku: ["c"] }, { qty: [1] }];
    expect(explain({ payload: { items: { $or: branches } } }, { payload })).toEqual(
      failed("/payload/items/$or", branches, items),
    );
  });

  it("names all clauses of an array when only together they fail", () => {
    const items = [
      { firstName: "Anna", lastName: "Smith" },
      { firstName: "Peter", lastName: "Jones" },
    ];
    const pattern = { firstName: ["Anna"], lastName: ["Jones"] };
    expect(explain({ payload: { items: pattern } }, { payload: { items } })).toEqual(
      failed("/payload/items", pattern, items),
    );
  });

  it("names the whole filter when an $or and its neighbours are satisfied by different elements", () => {
    const pattern = { $or: [{ payload: { a: { x: [1] } } }, { type: ["t"] }], payload: { a: { y: [2] } } };
    const payload = { a: [{ x: 1 }, { y: 2 }] };
    expect(explain(pattern, { payload, source: "s" })).toEqual(failed("", pattern, { payload }));
    expect(explain(pattern, { payload: { a: [{ x: 1 }] } })).toEqual(failed("/payload/a/y", [2], null));
  });

  it("shortens what is long", () => {
    const long = "x".repeat(5_000);
    const seen = (payload: JsonValue) => {
      const explanation = explain(
        { payload: { a: [1] }, type: ["t"], $or: [{ type: ["a"] }, { payload: [1] }] },
        { payload },
      );
      return explanation.matched ? undefined : explanation.failed.value;
    };
    expect(seen({ a: long })).toBe(`${"x".repeat(SHORT_VALUE_CHARACTERS)}…`);
    const list = seen({ a: new Array(5_000).fill({ [long]: 1 }) });
    expect(JSON.stringify(list).length).toBeLessThan(2 * SHORT_VALUE_CHARACTERS);
    expect(JSON.stringify(seen({ a: [long, long, 1] })).length).toBeLessThan(2 * SHORT_VALUE_CHARACTERS);
    expect(seen({ a: "\u{10400}".repeat(2_000) })).toBe(`${"\u{10400}".repeat(SHORT_VALUE_CHARACTERS / 2)}…`);
    expect(seen({ a: `x${"\u{10400}".repeat(2_000)}` })).toMatch(/^x\u{10400}+\ufffd…$/u);
  });

  it("shows fields called __proto__ as they are", () => {
    const value = JSON.parse('{"__proto__": {"x": 1}}') as JsonValue;
    const pattern = JSON.parse('{"payload": {"$or": [{"__proto__": {"x": [2]}}, {"b": [1]}]}}') as JsonValue;
    const explanation = explain(pattern, { payload: value });
    expect(JSON.stringify(explanation.matched ? null : explanation.failed.value)).toBe(
      '{"__proto__":{"x":1}}',
    );
  });
});
