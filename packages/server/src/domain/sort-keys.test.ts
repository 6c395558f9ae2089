import { expect, test } from "vitest";
import { sortKeys } from "./sort-keys.ts";

const text = (value: unknown) => JSON.stringify(sortKeys(value));

test("the order of keys makes no difference at any depth", () => {
  expect(text({ b: [{ d: 1, c: null }], a: "x" })).toBe(text({ a: "x", b: [{ c: null, d: 1 }] }));
});

test("the order of elements, and an object that looks like its entries, do", () => {
  expect(text([1, 2])).not.toBe(text([2, 1]));
  expect(text({ a: 1 })).not.toBe(text([["a", 1]]));
});

test("a key called __proto__ counts", () => {
  expect(text(JSON.parse('{"__proto__":1}'))).not.toBe(text({}));
});
