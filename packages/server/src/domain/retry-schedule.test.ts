import { describe, expect, it } from "vitest";
import {
  DEFAULT_SCHEDULE_SECONDS,
  LONGEST_RETRY_AFTER_MS,
  retryDelayMs,
  waitBeforeMs,
} from "./retry-schedule.ts";

const middle = (): number => 0.5;
const least = (): number => 0;
const most = (): number => 1 - Number.EPSILON;

describe("the default schedule", () => {
  it("makes 10 attempts over about 75 hours, the first at once", () => {
    const waits = DEFAULT_SCHEDULE_SECONDS.map((_, index) =>
      waitBeforeMs(DEFAULT_SCHEDULE_SECONDS, index + 1, middle),
    );
    expect(waits[0]).toBe(0);
    expect(waits).toHaveLength(10);
    const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(75);
    expect(hours).toBeLessThan(76);
  });
});

describe("waitBeforeMs", () => {
  it("is the step of the attempt, and the last step for all that follow", () => {
    const waits = [1, 2, 3, 4, 100].map((attempt) => waitBeforeMs([0, 5, 300], attempt, middle));
    expect(waits).toEqual([0, 5_000, 300_000, 300_000, 300_000]);
  });

  it("is up to 20 % shorter or longer", () => {
    expect(waitBeforeMs([100], 1, least)).toBe(80_000);
    expect(waitBeforeMs([100], 1, most)).toBe(120_000);
  });

  it("is nothing where the schedule has no step", () => {
    expect(waitBeforeMs([], 3, middle)).toBe(0);
  });
});

describe("retryDelayMs", () => {
  const delay = (retryAfterMs: number | null): number =>
    retryDelayMs([0, 60], 2, { retryAfterMs, random: middle });

  it("is the wait of the schedule while nothing longer is asked for", () => {
    expect([null, 0, 59_999].map(delay)).toEqual([60_000, 60_000, 60_000]);
  });

  it("is what the endpoint asked for, up to 24 hours", () => {
    expect([60_001, LONGEST_RETRY_AFTER_MS, LONGEST_RETRY_AFTER_MS + 1, 1e18].map(delay)).toEqual([
      60_001,
      LONGEST_RETRY_AFTER_MS,
      LONGEST_RETRY_AFTER_MS,
      LONGEST_RETRY_AFTER_MS,
    ]);
  });

  it("stays at a longer wait of the schedule", () => {
    expect(retryDelayMs([200_000], 1, { retryAfterMs: 1e9, random: middle })).toBe(200_000_000);
  });
});
