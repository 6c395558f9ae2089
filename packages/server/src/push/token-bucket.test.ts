import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeTokenBucket } from "./token-bucket.ts";

/** Full at 0. */
const bucketOf = (rate: number) => makeTokenBucket(rate, -1_000);

/** Takes all it can, as often as it can, for `seconds`; gives the times of the starts. */
function run(rate: number, seconds: number, stepMs: number): number[] {
  const bucket = bucketOf(rate);
  const starts: number[] = [];
  for (let now = 0; now < seconds * 1_000; now += stepMs) {
    for (let taken = bucket.take(now, 1_000); taken > 0; taken--) starts.push(now);
  }
  return starts;
}

/** Most starts in any second, from each start on. */
function busiestSecond(starts: readonly number[]): number {
  let first = 0;
  let most = 0;
  for (const [index, start] of starts.entries()) {
    while (start - (starts[first] ?? 0) >= 1_000) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe("a token bucket", () => {
  it.each([1, 2, 5, 25, 100, 1_000, 10_000])(
    "of %d a second lets no more start in any second, and hardly fewer",
    (rate) => {
      const starts = run(rate, 5, 1);
      expect(busiestSecond(starts)).toBeLessThanOrEqual(rate);
      expect(starts.length).toBeGreaterThanOrEqual(rate * 5 * 0.95);
    },
  );

  it("lets the first start at once, and no crowd after a long rest", () => {
    const bucket = bucketOf(25);
    expect(bucket.take(0, 10)).toBe(1);
    expect(bucket.take(3_600_000, 10)).toBe(1);
  });

  it.each([1, 25, 100, 1_000])(
    "of %d a second takes over from another at any time, and no more start in any second",
    (rate) => {
      for (const handedOverAt of [2_000, 2_300, 2_777]) {
        const starts: number[] = [];
        let bucket = bucketOf(rate);
        for (let now = 0; now < 5_000; now++) {
          if (now === handedOverAt) bucket = makeTokenBucket(rate, now);
          for (let taken = bucket.take(now, 1_000); taken > 0; taken--) starts.push(now);
        }
        expect(busiestSecond(starts)).toBeLessThanOrEqual(rate);
      }
    },
  );

  it.each([0.01, 0.5, 1, 25])("of %d a second makes nobody wait for more than a second at first", (rate) => {
    const bucket = makeTokenBucket(rate, 0);
    expect([bucket.take(0, 1), bucket.take(1_000, 1)]).toEqual([0, 1]);
  });

  it("tells when the next may start", () => {
    const bucket = bucketOf(25);
    expect(bucket.nextAt(0)).toBe(0);
    bucket.take(0, 1);
    expect(bucket.nextAt(0)).toBeCloseTo(40);
    expect(bucket.take(39, 1)).toBe(0);
    expect(bucket.take(bucket.nextAt(39), 1)).toBe(1);
  });

  it("takes back what was not used", () => {
    const bucket = bucketOf(1_000);
    const taken = bucket.take(0, 100);
    expect(taken).toBe(10);
    bucket.giveBack(0, 4);
    expect(bucket.take(0, 100)).toBe(4);
    bucket.giveBack(0, 1_000);
    expect(bucket.take(0, 100)).toBe(10);
  });

  it("does not run backwards with a clock that does", () => {
    const bucket = bucketOf(1);
    bucket.take(5_000, 1);
    expect(bucket.take(4_000, 1)).toBe(0);
    expect(bucket.take(5_999, 1)).toBe(0);
    expect(bucket.take(6_000, 1)).toBe(1);
  });

  it("holds its rate however irregularly it is asked", () => {
    const waits = fc.array(fc.nat(120), { minLength: 50, maxLength: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), waits, (rate, steps) => {
        const bucket = bucketOf(rate);
        const starts: number[] = [];
        let now = 0;
        for (const step of steps) {
          now += step;
          for (let taken = bucket.take(now, 50); taken > 0; taken--) starts.push(now);
        }
        expect(busiestSecond(starts)).toBeLessThanOrEqual(rate);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 100) },
    );
  });
});
