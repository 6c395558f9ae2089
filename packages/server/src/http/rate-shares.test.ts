import type { FastifyReply } from "fastify";
import { expect, test } from "vitest";
import { type SharedLimits, shareRates } from "../flow/share-rates.ts";
import type { Sweep } from "../flow/sweep.ts";
import { type FakeClock, makeFakeClock } from "../flow/testing/fake-clock.ts";
import { openMemoryStore } from "../store/memory/open-memory-store.ts";
import type { Store } from "../store/store.ts";
import { makeRateLimit, type RateLimit } from "./rate-limit.ts";

const LIMIT = 1_000;
const STEP_MS = 10;

const reply = { header: () => reply } as unknown as FastifyReply;

async function startNodes(count: number, store: Store, clock: FakeClock) {
  const limits = Array.from({ length: count }, () => makeRateLimit(LIMIT, clock.monotonic));
  const sharings: Sweep[] = [];
  for (const [index, node] of limits.entries()) sharings.push(await join(node, `node ${index}`));
  return { limits, close: () => Promise.all(sharings.map((sharing) => sharing.close())) };

  function join(node: SharedLimits, nodeId: string) {
    return shareRates({ store, clock, nodeId, limits: node, onError: (error) => expect.fail(String(error)) });
  }
}

/** Asks each node for so many a second; gives how many were let through by all of them. */
async function ask(
  clock: FakeClock,
  limits: readonly RateLimit[],
  { perSecond, seconds }: { readonly perSecond: readonly number[]; readonly seconds: number },
): Promise<number> {
  let given = 0;
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed += STEP_MS) {
    for (const [index, limit] of limits.entries()) {
      const wishes = ((perSecond[index] ?? 0) * STEP_MS) / 1_000;
      for (let wish = 0; wish < wishes; wish++)
        if (limit.admit(reply, "client", "requests") === null) given += 1;
    }
    await clock.advance(STEP_MS);
  }
  return given;
}

test.each([
  ["evenly", [3_000, 3_000, 3_000, 3_000]],
  ["unevenly", [9_000, 600, 300, 100]],
  ["at one node alone", [10_000, 0, 0, 0]],
  ["a little above the limit", [300, 300, 300, 300]],
])(
  "four nodes together let through the limit, within a tenth, asked %s for too much",
  async (_how, perSecond) => {
    const clock = makeFakeClock();
    const { limits, close } = await startNodes(4, await openMemoryStore(), clock);
    await clock.advance(1_000);
    const seconds = 10;
    const given = await ask(clock, limits, { perSecond, seconds });
    expect(given).toBeGreaterThan(LIMIT * seconds * 0.9);
    // One second's worth was there at the beginning.
    expect(given).toBeLessThan(LIMIT * (seconds + 1) * 1.1);
    await close();
  },
);

test("a client that moves to another node gets the whole limit there within two seconds", async () => {
  const clock = makeFakeClock();
  const { limits, close } = await startNodes(2, await openMemoryStore(), clock);
  await ask(clock, limits, { perSecond: [2_000, 0], seconds: 5 });
  await ask(clock, limits, { perSecond: [0, 2_000], seconds: 2 });
  const given = await ask(clock, limits, { perSecond: [0, 2_000], seconds: 5 });
  expect(given).toBeGreaterThan(LIMIT * 5 * 0.9);
  await close();
});

test("what all ask for together is below the limit: nobody is refused", async () => {
  const clock = makeFakeClock();
  const { limits, close } = await startNodes(4, await openMemoryStore(), clock);
  await ask(clock, limits, { perSecond: [100, 100, 100, 600], seconds: 3 });
  expect(await ask(clock, limits, { perSecond: [100, 100, 100, 600], seconds: 5 })).toBe(4_500);
  await close();
});

test("a node whose store does not answer goes on with the share it has", async () => {
  const clock = makeFakeClock();
  const store = await openMemoryStore();
  const errors: unknown[] = [];
  const limit = makeRateLimit(LIMIT, clock.monotonic);
  let isBroken = false;
  const exchangeDemands: Store["exchangeDemands"] = (request) =>
    isBroken ? Promise.reject(new Error("down")) : store.exchangeDemands(request);
  const sharing = await shareRates({
    ...{ store: { exchangeDemands }, clock, nodeId: "a", limits: limit },
    onError: (error) => errors.push(error),
  });
  isBroken = true;
  const given = await ask(clock, [limit], { perSecond: [2_000], seconds: 5 });
  expect(given).toBeGreaterThan(LIMIT * 5.4);
  expect(errors.length).toBeGreaterThan(5);
  await sharing.close();
});
