import { describe, expect, it } from "vitest";
import type { JsonValue } from "./filterable-event.ts";
import { doesMatch } from "./testing/filter-samples.ts";

function takes(pattern: JsonValue, payload: JsonValue): boolean {
  return doesMatch({ payload: pattern }, { payload });
}

describe("arrays of values", () => {
  it("match by any element, at any depth of arrays", () => {
    expect(takes({ resources: ["b"] }, { resources: ["a", "b"] })).toBe(true);
    expect(takes({ resources: ["b"] }, { resources: [["a"], ["b"]] })).toBe(true);
    expect(takes({ resources: ["c"] }, { resources: ["a", { c: 1 }, [{ x: "c" }]] })).toBe(false);
    expect(takes({ n: [{ numeric: [">", 0, "<", 10] }] }, { n: [100, 5] })).toBe(true);
  });

  it("match anything-but when some element is another value, as in EventBridge", () => {
    expect(takes({ tags: [{ "anything-but": "banned" }] }, { tags: ["banned", "ok"] })).toBe(true);
    expect(takes({ tags: [{ "anything-but": "banned" }] }, { tags: ["banned"] })).toBe(false);
    expect(takes({ tags: [{ "anything-but": "banned" }] }, { tags: [] })).toBe(false);
  });
});

describe("arrays of objects", () => {
  const employees = [
    { firstName: "John", lastName: "Doe" },
    { firstName: "Anna", lastName: "Smith" },
    { firstName: "Peter", lastName: "Jones" },
  ];

  it("need one element that satisfies all clauses", () => {
    const isThere = (firstName: string, lastName: string, list: JsonValue) =>
      takes({ employees: { firstName: [firstName], lastName: [lastName] } }, { employees: list });
    expect(isThere("Anna", "Smith", employees)).toBe(true);
    expect(isThere("Anna", "Jones", employees)).toBe(false);
    expect(isThere("Anna", "Smith", [employees.slice(0, 2), employees.slice(2)])).toBe(true);
    expect(isThere("Anna", "Jones", [employees.slice(0, 2), employees.slice(2)])).toBe(false);
  });

  it("may be the payload itself", () => {
    expect(takes({ firstName: ["Anna"], lastName: ["Smith"] }, employees)).toBe(true);
    expect(takes({ firstName: ["Anna"], lastName: ["Doe"] }, employees)).toBe(false);
  });

  it("keep outer elements apart from inner ones", () => {
    const pattern = { u: { name: ["ann"], t: { k: ["color"], v: ["blue"] } } };
    const blue = { k: "color", v: "blue" };
    expect(takes(pattern, { u: [{ name: "ann", t: [{ k: "size" }, blue] }] })).toBe(true);
    expect(takes(pattern, { u: [{ name: "ann", t: [{ k: "color" }, { v: "blue" }] }] })).toBe(false);
    expect(takes(pattern, { u: [{ name: "ann" }, { t: [blue] }] })).toBe(false);
  });

  it("do not tie different arrays to each other", () => {
    const payload = { users: [{ name: "x" }, { name: "alice" }], tags: ["user", "admin"] };
    expect(takes({ users: { name: ["alice"] }, tags: ["user"] }, payload)).toBe(true);
  });

  it("lack a field when the element that satisfies the other clauses lacks it", () => {
    const pattern = { items: { sku: ["a"], coupon: [{ exists: false }] } };
    expect(takes(pattern, { items: [{ sku: "a" }, { sku: "b", coupon: "x" }] })).toBe(true);
    expect(takes(pattern, { items: [{ sku: "a", coupon: "x" }, { sku: "b" }] })).toBe(false);
  });

  it("lack a field that nothing else is asked of when all elements lack it", () => {
    const pattern = { items: { coupon: [{ exists: false }] } };
    expect(takes(pattern, { items: [{ sku: "a" }, 5, []] })).toBe(true);
    expect(takes(pattern, { items: [] })).toBe(true);
    expect(takes(pattern, { items: [{ sku: "a" }, { coupon: "x" }] })).toBe(false);
    expect(
      takes({ items: { x: { y: [{ exists: false }] } } }, { items: [{ x: [{ z: 1 }] }, { x: 2 }] }),
    ).toBe(true);
    expect(
      takes({ items: { x: { y: [{ exists: false }] } } }, { items: [{ x: [{ y: 1 }] }, { x: 2 }] }),
    ).toBe(false);
  });

  it("lack one of two fields when all elements lack the same one", () => {
    const pattern = { items: { $or: [{ a: [{ exists: false }] }, { b: [{ exists: false }] }] } };
    expect(takes(pattern, { items: [{ a: 1 }, { c: 1 }] })).toBe(true);
    expect(takes(pattern, { items: [{ a: 1 }, { b: 1 }] })).toBe(false);
  });
});

describe("$or beside clauses on the same array", () => {
  const pattern = {
    payload: { items: { qty: [{ numeric: [">", 10] }] } },
    $or: [{ payload: { items: { sku: ["a"] } } }, { payload: { items: { sku: ["b"], vip: [true] } } }],
  };

  it("needs the same element", () => {
    const matches = (items: JsonValue) => doesMatch(pattern, { payload: { items } });
    expect(matches([{ sku: "a", qty: 11 }])).toBe(true);
    expect(matches({ sku: "a", qty: 11 })).toBe(true);
    expect(
      matches([
        { sku: "a", qty: 1 },
        { sku: "c", qty: 11 },
      ]),
    ).toBe(false);
    expect(
      matches([
        { sku: "a", qty: 1 },
        { sku: "b", vip: true, qty: 11 },
      ]),
    ).toBe(true);
    expect(
      matches([
        { sku: "b", vip: true, qty: 1 },
        { sku: "b", qty: 11 },
      ]),
    ).toBe(false);
  });

  it("holds inside one field as well", () => {
    const inner = { $or: [{ a: { x: [1] } }, { b: [1] }], a: { y: [2] } };
    expect(takes(inner, { a: [{ x: 1, y: 2 }] })).toBe(true);
    expect(takes(inner, { a: [{ x: 1 }, { y: 2 }] })).toBe(false);
    expect(takes(inner, { a: [{ x: 1 }, { y: 2 }], b: 1 })).toBe(true);
  });

  it("may be satisfied by the lack of a field in that element, though others have it", () => {
    const lacking = {
      payload: { items: { coupon: [{ exists: false }] } },
      $or: [{ payload: { items: { sku: ["a"] } } }, { type: ["x"] }],
    };
    const payload = { items: [{ sku: "a" }, { sku: "b", coupon: 1 }] };
    expect(doesMatch(lacking, { payload })).toBe(true);
    expect(doesMatch(lacking, { payload: { items: [{ sku: "a", coupon: 1 }, { sku: "b" }] } })).toBe(false);
    expect(doesMatch(lacking, { payload: { items: [{ sku: "b" }] }, type: "x" })).toBe(true);
  });
});
