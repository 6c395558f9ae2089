import { expect, test } from "vitest";
import { makeSteadyTime } from "./steady-time.ts";

const START = Date.UTC(2026, 0, 1);

function setUp() {
  const state = { wall: START, monotonic: 0, uptime: 1_000 };
  const now = makeSteadyTime({
    wallMs: () => state.wall,
    monotonicMs: () => state.monotonic,
    uptimeSeconds: () => state.uptime,
  });
  const pass = (ms: number) => {
    state.wall += ms;
    state.monotonic += ms;
    state.uptime += ms / 1_000;
    return now();
  };
  return { state, now, pass };
}

test("time passes as on the wall clock", () => {
  const { pass } = setUp();
  expect(pass(500)).toBe(START + 500);
  expect(pass(60_000)).toBe(START + 60_500);
});

test("a wall clock set an hour ahead or back makes nothing fall due at once, and is followed slowly", () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const { state, pass } = setUp();
    pass(1_000);
    state.wall += jump;
    const soon = pass(1_000);
    expect(Math.abs(soon - (START + 2_000))).toBeLessThanOrEqual(50);
    let last = soon;
    for (let second = 0; second < 100; second++) {
      const next = pass(1_000);
      expect(next).toBeGreaterThan(last);
      last = next;
    }
    expect(Math.sign(last - (START + 102_000))).toBe(Math.sign(jump));
  }
});

test("small drift is followed at once", () => {
  const { state, pass } = setUp();
  state.wall += 20;
  expect(pass(1_000)).toBe(START + 1_020);
});

test("after a sleep of the machine it is as late as the wall clock says", () => {
  const { state, pass } = setUp();
  state.wall += 3_600_000;
  state.uptime += 3_600;
  expect(pass(1_000)).toBe(START + 3_601_000);
});

test("a sleep counts from the first look after it", () => {
  const { state, now, pass } = setUp();
  pass(1_000);
  state.wall += 30_000;
  state.uptime += 30;
  expect(now()).toBe(START + 31_000);
  expect(pass(500)).toBe(START + 31_500);
});

test("a sleep counts although the wall clock was set meanwhile", () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const { state, now, pass } = setUp();
    pass(1_000);
    state.wall += 30_000 + jump;
    state.uptime += 30;
    expect(Math.abs(now() - (START + 31_000))).toBeLessThanOrEqual(50);
  }
});
