import { runSeed } from "./run-seed.ts";
import { tellFailure } from "./tell-failure.ts";

/** `SIMULATION_SEED=n` replays one seed and prints what happened in it; else `SIMULATION_SEEDS` seeds are played, from `SIMULATION_FROM` on, up to the first that fails. */
const { SIMULATION_SEED, SIMULATION_SEEDS = "10000", SIMULATION_FROM = "1" } = process.env;

const TOLD_EVERY_MS = 500;

async function replay(seed: number): Promise<boolean> {
  const { lines, violation, hash } = await runSeed(seed, { isTold: true });
  print(
    `${lines.join("\n")}\n\nseed ${seed}, trace ${hash}: ${violation === null ? "all holds" : "FAILED"}\n`,
  );
  return violation === null;
}

async function soak(from: number, count: number): Promise<boolean> {
  const startedAt = performance.now();
  let toldAt = startedAt;
  for (let played = 0; played < count; played++) {
    const verdict = await runSeed(from + played);
    if (verdict.violation !== null) {
      print(`\n${await tellFailure(verdict)}\n`);
      return false;
    }
    if (performance.now() - toldAt < TOLD_EVERY_MS && played < count - 1) continue;
    toldAt = performance.now();
    tellProgress({ played: played + 1, count, seconds: (toldAt - startedAt) / 1_000 });
    // Whoever wants to stop this is heard between two seeds.
    await new Promise((resolve) => setImmediate(resolve));
  }
  print(`\nall holds in ${count} seeds from ${from} on\n`);
  return true;
}

function tellProgress({ played, count, seconds }: { played: number; count: number; seconds: number }): void {
  const rate = played / seconds;
  const left = Math.ceil((count - played) / rate);
  const line = `${played} of ${count} seeds, ${rate.toFixed(0)} a second, ${left} s left`;
  if (process.stdout.isTTY) print(`\r\u001b[2K${line}`);
  else if (played === count) print(line);
}

function print(text: string): void {
  process.stdout.write(text);
}

const isWell =
  SIMULATION_SEED === undefined
    ? await soak(Number(SIMULATION_FROM), Number(SIMULATION_SEEDS))
    : await replay(Number(SIMULATION_SEED));
process.exitCode = isWell ? 0 : 1;
