import { describe, expect, it } from "vitest";
import { FAILURES_TO_OPEN, FIRST_PAUSE_MS, type Health, LONGEST_PAUSE_MS, makeBreaker } from "./breaker.ts";

const unlimited = Number.POSITIVE_INFINITY;

function openBreaker() {
  const breaker = makeBreaker(() => 0.5);
  const end = (now: number, health: Health, isProbe = false): void => breaker.end(now, { health, isProbe });
  const fail = (times: number): void => {
    for (let i = 0; i < times; i++) end(0, "ill");
  };
  return { breaker, end, fail };
}

describe("a breaker", () => {
  it("opens after so many failures in a row, and not before", () => {
    const { breaker, end, fail } = openBreaker();
    fail(FAILURES_TO_OPEN - 1);
    expect(breaker.room(0)).toBe(unlimited);
    end(0, "well");
    fail(FAILURES_TO_OPEN - 1);
    expect(breaker.state(0)).toBe("closed");
    expect(breaker.probeAt()).toBeNull();
    fail(1);
    expect([breaker.state(0), breaker.room(0), breaker.probeAt()]).toEqual(["open", 0, FIRST_PAUSE_MS]);
  });

  it("takes what says nothing for nothing", () => {
    const { breaker, end, fail } = openBreaker();
    fail(FAILURES_TO_OPEN - 1);
    for (let i = 0; i < 20; i++) end(0, "unknown");
    expect(breaker.state(0)).toBe("closed");
    fail(1);
    expect(breaker.state(0)).toBe("open");
  });

  it("lets one probe go after its pause, and closes when that goes well", () => {
    const { breaker, end, fail } = openBreaker();
    fail(FAILURES_TO_OPEN);
    expect(breaker.room(FIRST_PAUSE_MS - 1)).toBe(0);
    expect([breaker.state(FIRST_PAUSE_MS), breaker.room(FIRST_PAUSE_MS)]).toEqual(["half_open", 1]);
    breaker.beginProbe();
    expect(breaker.room(FIRST_PAUSE_MS + 60_000)).toBe(0);
    end(FIRST_PAUSE_MS + 10, "well", true);
    expect([breaker.state(FIRST_PAUSE_MS + 10), breaker.room(FIRST_PAUSE_MS + 10)]).toEqual([
      "closed",
      unlimited,
    ]);
    fail(FAILURES_TO_OPEN - 1);
    expect(breaker.state(FIRST_PAUSE_MS + 10)).toBe("closed");
  });

  it("pauses twice as long after each probe that fails, up to a minute, and short again after a success", () => {
    const { breaker, end, fail } = openBreaker();
    fail(FAILURES_TO_OPEN);
    const pauses: number[] = [];
    let now = breaker.probeAt() ?? 0;
    for (let i = 0; i < 6; i++) {
      breaker.beginProbe();
      end(now, "ill", true);
      pauses.push((breaker.probeAt() ?? 0) - now);
      now = breaker.probeAt() ?? 0;
    }
    expect(pauses).toEqual([10_000, 20_000, 40_000, LONGEST_PAUSE_MS, LONGEST_PAUSE_MS, LONGEST_PAUSE_MS]);
    breaker.beginProbe();
    end(now, "well", true);
    for (let i = 0; i < FAILURES_TO_OPEN; i++) end(now, "ill");
    expect((breaker.probeAt() ?? 0) - now).toBe(FIRST_PAUSE_MS);
  });

  it("lets another probe go when one was not sent", () => {
    const { breaker, end, fail } = openBreaker();
    fail(FAILURES_TO_OPEN);
    breaker.beginProbe();
    end(FIRST_PAUSE_MS, "unknown", true);
    expect([breaker.state(FIRST_PAUSE_MS), breaker.room(FIRST_PAUSE_MS)]).toEqual(["half_open", 1]);
  });

  it("learns nothing from old requests that fail while it is open, and closes for one that goes well", () => {
    const { breaker, end, fail } = openBreaker();
    fail(FAILURES_TO_OPEN + 5);
    expect(breaker.probeAt()).toBe(FIRST_PAUSE_MS);
    breaker.beginProbe();
    end(FIRST_PAUSE_MS, "ill");
    expect([breaker.state(FIRST_PAUSE_MS), breaker.room(FIRST_PAUSE_MS)]).toEqual(["half_open", 0]);
    end(FIRST_PAUSE_MS, "well");
    expect(breaker.state(FIRST_PAUSE_MS)).toBe("closed");
  });

  it("spreads its pauses by 20 % to either side", () => {
    const pauseWith = (random: number): number => {
      const breaker = makeBreaker(() => random);
      for (let i = 0; i < FAILURES_TO_OPEN; i++) breaker.end(0, { health: "ill", isProbe: false });
      return breaker.probeAt() ?? 0;
    };
    expect(pauseWith(0)).toBeCloseTo(FIRST_PAUSE_MS * 0.8);
    expect(pauseWith(1)).toBeCloseTo(FIRST_PAUSE_MS * 1.2);
  });
});
