import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeWildcard, matchesWildcard, parseWildcard } from "./wildcard.ts";

function matches(pattern: string, value: string): boolean {
  const parsed = parseWildcard(pattern);
  if (parsed.outcome === "invalid") throw new Error(parsed.detail);
  return matchesWildcard(makeWildcard(parsed.literals), value);
}

describe("wildcards", () => {
  it.each([
    ["*", ""],
    ["*", "anything"],
    ["dir/*.png", "dir/a/b.png"],
    ["dir/*.png", "dir/.png"],
    ["*/lib/*", "usr/lib/x"],
    ["*/lib/*", "/lib/"],
    ["Simple*Service", "SimpleQueueService"],
    ["*aab*", "aaab"],
    ["a*a*a", "aaa"],
    ["*abab*abac*", "ababababacab-abac"],
    ["\\**", "*x"],
    ["*\\\\", "x\\"],
  ])("%s matches %s", (pattern, value) => {
    expect(matches(pattern, value)).toBe(true);
  });

  it.each([
    ["dir/*.png", "dir/a.jpg"],
    ["dir/*.png", "other/a.png"],
    ["dir/*.png", "dir/png"],
    ["*/lib/*", "lib/"],
    ["a*a", "a"],
    ["ab*ba", "aba"],
    ["a*a*a", "aa"],
    ["*b*b*", "abc"],
    ["*bc", "abcd"],
    ["\\**", "x*"],
    // The middle must not be found inside the tail.
    ["*ab*b", "xab"],
  ])("%s does not match %s", (pattern, value) => {
    expect(matches(pattern, value)).toBe(false);
  });

  it.each([
    ["a**b", "Write one `*` instead of several in a row."],
    ["a\\b", "Use a backslash only before `*` or another backslash."],
    ["a\\", "Use a backslash only before `*` or another backslash."],
  ])("%s is refused", (pattern, detail) => {
    expect(parseWildcard(pattern)).toEqual({ outcome: "invalid", detail });
  });

  it("reads escapes as the characters themselves", () => {
    expect(parseWildcard("a\\*b\\\\*c")).toEqual({ outcome: "parsed", literals: ["a*b\\", "c"] });
  });

  it("agrees with a regular expression on random patterns and values", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 });
    const literals = fc.array(text, { minLength: 2, maxLength: 5 });
    const value = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 20 });
    fc.assert(
      fc.property(literals, value, (drawn, candidate) => {
        const parts = drawn.filter((part, index) => part !== "" || index === 0 || index === drawn.length - 1);
        const expected = new RegExp(`^${parts.join(".*")}$`).test(candidate);
        expect(matchesWildcard(makeWildcard(parts), candidate)).toBe(expected);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 500) },
    );
  });

  it("looks at each character of a long value a few times at most, whatever the pattern", () => {
    const unit = "a".repeat(100);
    const value = "a".repeat(1_000_000);
    let steps = 0;
    const counted = Object.create(null, {
      length: { value: value.length },
      startsWith: { value: () => true },
      endsWith: { value: () => true },
      charCodeAt: {
        value: (at: number) => {
          steps++;
          return value.charCodeAt(at);
        },
      },
    });
    expect(matchesWildcard(makeWildcard(["", `${unit}b`, `${unit}c`, ""]), counted)).toBe(false);
    expect(steps).toBeLessThanOrEqual(value.length);
  });
});
