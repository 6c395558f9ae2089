import { describe, expect, it } from "vitest";
import { makeRecentMap } from "./recent-map.ts";

describe("a recent map", () => {
  it("keeps what is used and forgets the rest", () => {
    const map = makeRecentMap<number>(10);
    map.set("used", -1);
    for (let i = 0; i < 1_000; i++) {
      map.set(`k${i}`, i);
      expect(map.get("used")).toBe(-1);
    }
    const kept = Array.from({ length: 1_000 }, (_, i) => map.get(`k${i}`)).filter((v) => v !== undefined);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(map.get("k999")).toBe(999);
  });

  it("always has the last half of its capacity", () => {
    const map = makeRecentMap<number>(10);
    for (let i = 0; i < 103; i++) map.set(`k${i}`, i);
    for (let i = 98; i < 103; i++) expect(map.get(`k${i}`)).toBe(i);
  });

  it("gives the newest value, also over one from long ago, and none after a delete", () => {
    const map = makeRecentMap<number>(4);
    map.set("a", 1);
    map.set("b", 2);
    map.set("c", 3);
    map.set("a", 4);
    expect(map.get("a")).toBe(4);
    map.delete("a");
    map.delete("b");
    expect(map.get("a")).toBeUndefined();
    expect(map.get("b")).toBeUndefined();
    expect(map.get("c")).toBe(3);
  });
});
