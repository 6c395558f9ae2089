import { expect, test } from "vitest";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import { makeMatchers } from "./match-subscriptions.ts";
import { openTestFlow } from "./testing/open-test-flow.ts";

/** Nothing of the main inbox is sealed. */
const sealer: Pick<Sealer, "sealOf"> = { sealOf: () => Promise.reject(new Error("nothing is sealed")) };

/** The matchers of a replica whose readings take so long, one after another. */
async function openMatchers(readingMs: readonly number[]) {
  const { store, clock, projectId } = await openTestFlow();
  let readings = 0;
  let sleptMs = 0;
  const slow: Store = {
    ...store,
    matchDelayMs: 5_000,
    readMatchSet: async (...args) => {
      const set = await store.readMatchSet(...args);
      await clock.advance(readingMs[readings++] ?? 0);
      return set;
    },
  };
  const matchers = makeMatchers({
    store: slow,
    sealer: sealer as Sealer,
    clock: { ...clock, now: () => clock.now() + sleptMs },
  });
  const sleep = (ms: number) => {
    sleptMs += ms;
  };
  return { matchers, clock, projectId, sleep, readings: () => readings };
}

test("a snapshot that comes too late to decide by is read again", async () => {
  const { matchers, projectId, readings } = await openMatchers([2_500, 100]);
  await matchers.refresh(projectId);
  expect(readings()).toBe(2);
  expect(matchers.fresh(projectId)).not.toBeNull();
});

test("a store that is too slow for a fresh snapshot refuses, and nothing is decided by an old one", async () => {
  const { matchers, projectId } = await openMatchers([2_500, 2_500, 2_500]);
  await expect(matchers.refresh(projectId)).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(matchers.fresh(projectId)).toBeNull();
});

test("a snapshot is old after two seconds, also if the machine slept through them", async () => {
  const { matchers, projectId, clock, sleep } = await openMatchers([]);
  await matchers.refresh(projectId);
  expect(matchers.fresh(projectId)).not.toBeNull();
  await clock.advance(2_001);
  expect(matchers.fresh(projectId)).toBeNull();
  await matchers.refresh(projectId);
  sleep(60_000);
  expect(matchers.fresh(projectId)).toBeNull();
});
