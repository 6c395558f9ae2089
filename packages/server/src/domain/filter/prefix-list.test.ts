import fc from "fast-check";
import { expect, it } from "vitest";
import { longestPrefix, makePrefixList, NO_PREFIX } from "./prefix-list.ts";

it("finds all prefixes of a text, the longest first", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "\u{10400}"), maxLength: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 30 }), text, (prefixes, value) => {
      const list = makePrefixList(new Map(prefixes.map((prefix) => [prefix, [prefix]])));
      const found: (readonly string[] | undefined)[] = [];
      for (let at = longestPrefix(list, value); at !== NO_PREFIX; at = list.parents[at] ?? NO_PREFIX)
        found.push(list.items[at]);
      const expected = prefixes
        .filter((prefix) => value.startsWith(prefix))
        .sort((a, b) => b.length - a.length);
      expect(found).toEqual(expected.map((prefix) => [prefix]));
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 500) },
  );
});
