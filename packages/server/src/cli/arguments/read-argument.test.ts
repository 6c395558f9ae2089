import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import {
  collect,
  future,
  idempotencyKey,
  jsonObject,
  past,
  place,
  seconds,
  secondsOf,
  whole,
  wholeSeconds,
} from "./read-argument.ts";

describe("A duration", () => {
  it.each([
    ["90", 90],
    ["90s", 90],
    ["15m", 900],
    ["2h", 7_200],
    ["3d", 259_200],
    ["1.5h", 5_400],
    ["500ms", 0.5],
    ["0", 0],
  ])("of %s is %d seconds", (text, expected) => {
    expect(secondsOf(text)).toBe(expected);
  });

  it.each(["", "m", "-5m", "15 m", "1w", "1e3", "5m3s", "٣m"])("cannot be %j", (text) => {
    expect(secondsOf(text)).toBe(null);
  });

  it("has limits, and may have to be whole", () => {
    expect(seconds(1, 60)("1m")).toBe(60);
    expect(() => seconds(1, 60)("61")).toThrow("1 to 60 seconds");
    expect(() => seconds(1, 60)("soon")).toThrow(InvalidArgumentError);
    expect(() => wholeSeconds(0, 60)("500ms")).toThrow("whole seconds");
  });
});

describe("A time", () => {
  it("is one, or how long ago, or in how long", () => {
    expect(past("2026-11-28T10:00:00+01:00")).toBe("2026-11-28T09:00:00.000Z");
    expect(past("2026-11-28")).toBe("2026-11-28T00:00:00.000Z");
    const hour = 3_600_000;
    expect(Math.abs(Date.parse(past("1h")) + hour - Date.now())).toBeLessThan(hour / 2);
    expect(Math.abs(Date.parse(future("1h")) - hour - Date.now())).toBeLessThan(hour / 2);
  });

  it.each(["yesterday", "", "28.11.2026", "2026-13-45"])("is not %j", (text) => {
    expect(() => past(text)).toThrow("a time such as 2026-11-28T10:00:00Z");
  });

  it("is told from a place in the feed", () => {
    expect(place("MzAwNQ.2LlGdeEynxEO2BCfQmLYJC")).toEqual({ position: "MzAwNQ.2LlGdeEynxEO2BCfQmLYJC" });
    expect(place("MQ.2LlGdeEynxEO2BCfQmLYJC")).toHaveProperty("position");
    expect(place("2026-11-28T10:00:00.5Z")).toEqual({ after: "2026-11-28T10:00:00.500Z" });
    expect(place("1.5h")).toHaveProperty("after");
  });
});

describe("Other arguments", () => {
  it("are whole numbers in their limits", () => {
    expect(whole(1, 10)("10")).toBe(10);
    for (const text of ["0", "11", "1.5", "", "ten", "0x5"])
      expect(() => whole(1, 10)(text)).toThrow("1 to 10");
  });

  it("are JSON objects", () => {
    expect(jsonObject('{"a":1}')).toEqual({ a: 1 });
    for (const text of ["[]", "1", "null", "{", ""]) expect(() => jsonObject(text)).toThrow("JSON object");
  });

  it("are collected where they may come several times", () => {
    expect(collect("b", collect("a", undefined))).toEqual(["a", "b"]);
  });

  it("are idempotency keys that leave room for the number of a line", () => {
    expect(idempotencyKey("k".repeat(240))).toHaveLength(240);
    for (const text of ["", "k".repeat(241), "a b", "ä"]) expect(() => idempotencyKey(text)).toThrow("ASCII");
  });
});
