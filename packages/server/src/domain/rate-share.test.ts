import fc from "fast-check";
import { expect, test } from "vitest";
import { rateShare } from "./rate-share.ts";

test("while all nodes together ask for less than the limit, a node may give what the others leave", () => {
  expect(rateShare(1_000, { own: 100, others: 0 }, 4)).toBe(1_000);
  expect(rateShare(1_000, { own: 100, others: 300 }, 4)).toBe(700);
});

test("before the others' demand is known, the limit is split evenly", () => {
  expect(rateShare(1_000, null, 1)).toBe(1_000);
  expect(rateShare(1_000, null, 4)).toBe(250);
});

test("a node at which nobody asked yet lets one a second in", () => {
  expect(rateShare(1_000, { own: 0, others: 5_000 }, 4)).toBe(1);
});

test("when they ask for more, the shares of all nodes are the limit, in proportion to what each was asked for", () => {
  const demands = fc.array(fc.integer({ min: 1_000, max: 100_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(demands, fc.integer({ min: 100, max: 999 }), (asked, limit) => {
      const total = asked.reduce((sum, one) => sum + one, 0);
      const shares = asked.map((own) => rateShare(limit, { own, others: total - own }, asked.length));
      for (const [index, share] of shares.entries())
        if (share > 1) expect(share).toBeCloseTo((limit * (asked[index] ?? 0)) / total, 6);
      const floors = shares.filter((share) => share === 1).length;
      expect(shares.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(limit + floors + 1e-6);
    }),
  );
});
