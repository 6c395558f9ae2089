import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeSortedList } from "./sorted-list.ts";

const numRuns = Number(process.env.PROPERTY_RUNS ?? 60);

/** Distinct numbers, more than one chunk of them now and then, and which of them go again. */
const contents = fc.record({
  items: fc.uniqueArray(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 2_000, size: "max" }),
  keepEvery: fc.integer({ min: 1, max: 7 }),
  bound: fc.integer({ min: -5_001, max: 5_001 }),
});

function fill(items: readonly number[], keepEvery: number) {
  const list = makeSortedList<number>((a, b) => a - b);
  for (const item of items) list.insert(item);
  for (const [index, item] of items.entries()) if (index % keepEvery > 0) list.remove(item);
  const kept = items.filter((_, index) => index % keepEvery === 0).sort((a, b) => a - b);
  return { list, kept };
}

describe("a sorted list", () => {
  test("holds what was inserted and not removed, in order, from any bound in both directions", () => {
    fc.assert(
      fc.property(contents, ({ items, keepEvery, bound }) => {
        const { list, kept } = fill(items, keepEvery);
        const isBefore = (item: number) => item < bound;
        expect(list.first()).toBe(kept[0]);
        expect([...list.ascend()]).toEqual(kept);
        expect([...list.descend()]).toEqual(kept.toReversed());
        expect([...list.ascend(isBefore)]).toEqual(kept.filter((item) => !isBefore(item)));
        expect([...list.descend(isBefore)]).toEqual(kept.filter(isBefore).reverse());
      }),
      { numRuns },
    );
  });

  test("refuses to remove what it does not hold", () => {
    const list = makeSortedList<number>((a, b) => a - b);
    expect(() => list.remove(1)).toThrow("not in the list");
    for (const item of [1, 3]) list.insert(item);
    for (const item of [0, 2, 4]) expect(() => list.remove(item)).toThrow("not in the list");
    expect([...list.ascend()]).toEqual([1, 3]);
  });

  test("keeps twenty thousand items in order, inserted upwards, downwards and between", () => {
    const list = makeSortedList<number>((a, b) => a - b);
    for (let item = 0; item < 10_000; item++) list.insert(item * 2);
    for (let item = 9_999; item >= 0; item--) list.insert(item * 2 + 1);
    expect([...list.ascend()]).toEqual(Array.from({ length: 20_000 }, (_, item) => item));
  });
});
