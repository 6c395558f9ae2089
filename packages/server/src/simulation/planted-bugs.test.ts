import { expect, test } from "vitest";
import { PLANTS } from "./plants/plants.ts";
import { runSeed } from "./run-seed.ts";

/** Each is found within 100 at present. */
const MOST_SEEDS = 2_000;

test.each(PLANTS)("it is found that $name", { timeout: 300_000 }, async (plant) => {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const { violation } = await runSeed(seed, { plant });
    await new Promise((resolve) => setImmediate(resolve));
    if (violation === null) continue;
    expect(plant.breaks, violation.detail).toContain(violation.invariant);
    return;
  }
  throw new Error(`not found in ${MOST_SEEDS} seeds`);
});
