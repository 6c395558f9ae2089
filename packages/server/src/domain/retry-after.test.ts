import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.UTC(2026, 10, 22, 10, 0, 0);

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    ["007", 7_000],
    ["999999999999999", 999_999_999_999_999_000],
  ])("reads the seconds %s", (text, expected) => {
    expect(parseRetryAfter(text, now)).toBe(expected);
  });

  it.each([
    ["Sun, 22 Nov 2026 10:01:00 GMT", 60_000],
    ["Sunday, 22-Nov-26 10:01:00 GMT", 60_000],
    ["Sun Nov 22 10:01:00 2026", 60_000],
    ["Tue Dec  1 10:00:00 2026", 9 * 86_400_000],
    ["Sun, 22 Nov 2026 10:00:60 GMT", 60_000],
    ["Sun, 22 Nov 2026 09:59:59 GMT", 0],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ])("reads the date %s", (text, expected) => {
    expect(parseRetryAfter(text, now)).toBe(expected);
  });

  it("takes two digits for a year that is at most 50 years ahead", () => {
    expect(parseRetryAfter("Sunday, 22-Nov-76 10:00:00 GMT", now)).toBe(Date.UTC(2076, 10, 22, 10) - now);
    expect(parseRetryAfter("Sunday, 22-Nov-77 10:00:00 GMT", now)).toBe(0);
  });

  it.each([
    "",
    "-1",
    "1.5",
    "+1",
    "1e3",
    "soon",
    "1, 2",
    "9999999999999999",
    "2026-11-22T10:01:00Z",
    "Sun, 22 Nov 2026 10:01:00",
    "Sun, 22 Nov 2026 10:01:00 CET",
    "Sun, 32 Nov 2026 10:01:00 GMT",
    "Sun, 31 Nov 2026 10:01:00 GMT",
    "Sun, 00 Nov 2026 10:01:00 GMT",
    "Sun, 22 Nix 2026 10:01:00 GMT",
    "Sun, 22 Nov 2026 24:00:00 GMT",
    "Sun, 22 Nov 2026 10:60:00 GMT",
    "Sun, 22 Nov 2026 10:01:61 GMT",
  ])("gives nothing for %j", (text) => {
    expect(parseRetryAfter(text, now)).toBeNull();
  });
});
