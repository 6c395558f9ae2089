import { expect, test } from "vitest";
import type { Plant } from "./plants/plant.ts";
import { runSeed } from "./run-seed.ts";
import { tellFailure } from "./tell-failure.ts";

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 1_000);
/** Ten times what a seed takes on a busy core. */
const MS_PER_SEED = 500;

test(
  `every invariant holds in ${SEEDS} seeds, whatever goes wrong`,
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await runSeed(seed);
      if (verdict.violation !== null) throw new Error(await tellFailure(verdict));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  SEEDS * MS_PER_SEED,
);

test("a seed that goes round in a circle is told like any other that fails", async () => {
  const circling: Plant = {
    name: "a step that is due again at once",
    breaks: ["nothing breaks"],
    store: (_, { scheduler }) => {
      const again = () => void scheduler.after(0, again);
      again();
      return {};
    },
  };
  const { violation } = await runSeed(1, { plant: circling });
  expect(violation).toMatchObject({ invariant: "nothing breaks", detail: expect.stringContaining("no end") });
});

test("the same seed gives the same trace, and another seed another one", { timeout: 120_000 }, async () => {
  const hashes: string[] = [];
  for (let seed = 1; seed <= 50; seed++) {
    const first = await runSeed(seed, { isTold: true });
    const second = await runSeed(seed, { isTold: true });
    expect(second.lines).toEqual(first.lines);
    expect(second.hash).toBe(first.hash);
    hashes.push(first.hash);
  }
  expect(new Set(hashes).size).toBe(hashes.length);
});
