import { expect, test } from "vitest";
import { makeSteadyTime } from "./steady-time.ts";
import { makeStoreTime } from "./store-time.ts";

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** A node whose wall clock is `wall`, with a store whose time is `store`; both pass together with the monotonic time. */
async function setUp({ matchDelayMs = 5_000 } = {}) {
  const state = { wall: START, store: START, monotonic: 0 };
  const time = await makeStoreTime({
    store: { matchDelayMs, clockOffsetMs: async () => (matchDelayMs > 0 ? state.store - state.wall : 0) },
    wallMs: () => state.wall,
  });
  const now = makeSteadyTime({
    wallMs: time.wallMs,
    monotonicMs: () => state.monotonic,
    uptimeSeconds: () => state.monotonic / 1_000,
  });
  const pass = (ms: number) => {
    for (const clock of ["wall", "store", "monotonic"] as const) state[clock] += ms;
    return now();
  };
  const isReady = () => {
    try {
      time.check(now());
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: "storage_unavailable" });
      return false;
    }
  };
  return { state, time, pass, isReady };
}

test("a node whose clock is wrong acts by the store's time", async () => {
  const { state, time, pass, isReady } = await setUp();
  state.wall -= HOUR;
  await time.measure();
  expect(pass(1_000)).toBe(START + 1_000);
  expect(isReady()).toBe(true);
});

test("drift is followed from one measurement to the next", async () => {
  const { state, time, pass, isReady } = await setUp();
  for (let minute = 1; minute <= 60; minute++) {
    pass(MINUTE - 40);
    state.wall += 40;
    await time.measure();
    expect(Math.abs(pass(1_000) - state.store)).toBeLessThanOrEqual(50);
  }
  expect(isReady()).toBe(true);
});

test("a wall clock that was set makes the node unready until it is measured, and moves its time by seconds at most", async () => {
  const { state, time, pass, isReady } = await setUp();
  state.wall += HOUR;
  pass(30_000);
  expect(isReady()).toBe(false);
  await time.measure();
  expect(isReady()).toBe(true);
  expect(Math.abs(pass(1_000) - state.store)).toBeLessThan(3_000);
});

test("a store whose time jumped makes the node unready until the two have come close", async () => {
  const { state, time, pass, isReady } = await setUp();
  state.store += 10_000;
  await time.measure();
  expect(isReady()).toBe(false);
  for (let second = 0; second < 120; second++) pass(1_000);
  expect(isReady()).toBe(true);
});

test("a store of this process alone has this process's time, whatever is done to the wall clock", async () => {
  const { state, pass, isReady } = await setUp({ matchDelayMs: 0 });
  state.wall += HOUR;
  pass(30_000);
  expect(isReady()).toBe(true);
});
