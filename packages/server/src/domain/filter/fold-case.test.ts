import { describe, expect, it } from "vitest";
import { endsWithFolded, foldCase, startsWithFolded } from "./fold-case.ts";

describe("foldCase", () => {
  it("never makes a character shorter", () => {
    const shortened: number[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (foldCase(character).length < character.length) shortened.push(code);
    }
    expect(shortened).toEqual([]);
  });

  it("folds lower and upper case of every letter to the same text", () => {
    const different: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      const folded = foldCase(character);
      if (foldCase(character.toLowerCase()) !== folded) different.push(character);
      if (foldCase(character.toUpperCase()) !== folded) different.push(character);
    }
    expect(different).toEqual([]);
  });

  it.each([
    ["Alice", "aLICE"],
    ["ÄÖÜ", "äöü"],
    ["ΟΔΟΣ", "οδος"],
    ["K", "\u212a"],
    ["\u{10428}", "\u{10400}"],
  ])("takes %s for %s", (one, other) => {
    expect(foldCase(one)).toBe(foldCase(other));
  });

  it("compares beginnings", () => {
    expect(startsWithFolded("EventBridge", foldCase("eventb"))).toBe(true);
    expect(startsWithFolded("EventBridge", foldCase("bridge"))).toBe(false);
    expect(startsWithFolded("a", foldCase("ab"))).toBe(false);
  });

  it("compares ends", () => {
    expect(endsWithFolded("EventBridge", foldCase("TBRIDGE"))).toBe(true);
    expect(endsWithFolded("EventBridge", foldCase("event"))).toBe(false);
    expect(endsWithFolded("b", foldCase("ab"))).toBe(false);
  });

  it("keeps a surrogate pair at the cut whole", () => {
    expect(startsWithFolded("a\u{10428}z", foldCase("A\u{10400}"))).toBe(true);
    expect(endsWithFolded("z\u{10428}a", foldCase("\u{10400}A"))).toBe(true);
  });
});
