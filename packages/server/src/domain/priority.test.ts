import { expect, test } from "vitest";
import { drawLowerFirst, LOWER_FIRST_CHANCE, lateRank, PRIORITIES, RANKS, rankOf } from "./priority.ts";

test("high goes before normal before low, and a late retry right behind its priority", () => {
  const ranks = PRIORITIES.flatMap((priority) => [rankOf(priority, false), rankOf(priority, true)]);
  expect(ranks).toEqual([0, 1, 2, 3, 4, 5]);
  expect(ranks).toHaveLength(RANKS);
});

test("the late rank of a rank is that of its priority, and its own late rank", () => {
  for (const priority of PRIORITIES) {
    expect(lateRank(rankOf(priority, false))).toBe(rankOf(priority, true));
    expect(lateRank(rankOf(priority, true))).toBe(rankOf(priority, true));
  }
});

test("each item is drawn by itself, with a chance of one in ten", () => {
  const draws = [0, LOWER_FIRST_CHANCE - 0.001, LOWER_FIRST_CHANCE, 0.5, 0.999];
  let drawn = 0;
  expect(drawLowerFirst(draws.length, () => draws[drawn++] ?? 1)).toBe(2);
  expect(drawn).toBe(draws.length);
  expect(drawLowerFirst(0, () => 0)).toBe(0);
});
