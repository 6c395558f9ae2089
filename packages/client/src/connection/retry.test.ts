import { describe, expect, it } from "vitest";
import { readRetryAfter } from "./read-refusal.ts";
import { mayRetry, retryDelay } from "./retry.ts";
import { TriggersError } from "./triggers-error.ts";

const BACKOFF = { firstRetryMs: 100, longestRetryMs: 1_000 };
const refusal = (status: number | null, code: string) => new TriggersError({ code, detail: "No.", status });

describe("A retry", () => {
  it.each([
    [null, "connection_failed", true, false],
    [null, "timeout", true, false],
    [429, "rate_limited", true, true],
    [503, "overloaded", true, true],
    [503, "shutting_down", true, true],
    [503, "storage_unavailable", true, false],
    [503, "unexpected_status", true, false],
    [502, "unexpected_status", true, false],
    [504, "unexpected_status", true, false],
    [500, "internal", false, false],
    [400, "malformed_json", false, false],
    [401, "unauthenticated", false, false],
    [404, "not_found", false, false],
    [408, "request_timeout", false, false],
    [409, "name_taken", false, false],
    [410, "position_expired", false, false],
    [422, "invalid_request", false, false],
  ])("after %s %s: may it be, of what is repeatable and of what is not", (status, code, ...expected) => {
    const error = refusal(status, code);
    expect([mayRetry(error, true), mayRetry(error, false)]).toEqual(expected);
  });

  it("waits for a random part of a time that doubles up to a limit", () => {
    for (const [attempt, most] of [
      [1, 100],
      [2, 200],
      [4, 800],
      [5, 1_000],
      [2_000, 1_000],
    ] as const) {
      const delays = Array.from({ length: 200 }, () => retryDelay(BACKOFF, attempt, null));
      expect(Math.min(...delays)).toBeLessThan(most * 0.2);
      expect(Math.max(...delays)).toBeGreaterThan(most * 0.8);
      expect(Math.max(...delays)).toBeLessThanOrEqual(most);
    }
  });

  it("never comes before the server wants it", () => {
    const delays = Array.from({ length: 200 }, () => retryDelay(BACKOFF, 9, 5_000));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(5_100);
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-11-22T10:00:00Z");

  it.each([
    ["0", 0],
    ["120", 120_000],
    ["Sun, 22 Nov 2026 10:00:30 GMT", 30_000],
    ["Sun, 22 Nov 2026 09:00:00 GMT", 0],
    ["-1", null],
    ["1.5", null],
    ["soon", null],
    ["", null],
    [null, null],
  ])("of %s is understood", (value, expected) => {
    expect(readRetryAfter(value, now)).toBe(expected);
  });
});
