import { runSeed, type Verdict } from "./run-seed.ts";

const LAST_LINES = 40;

/** What a person needs to know of a seed that failed: it is played once more for its last lines. */
export async function tellFailure({ seed, violation }: Verdict): Promise<string> {
  const { lines } = await runSeed(seed, { isTold: true });
  return [
    ...lines.slice(-LAST_LINES),
    "",
    `seed ${seed}: "${violation?.invariant}" does not hold: ${violation?.detail}`,
    `all of it: SIMULATION_SEED=${seed} npm run simulate`,
  ].join("\n");
}
