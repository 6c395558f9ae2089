import { setTimeout as delay } from "node:timers/promises";
import type { Ledger } from "./ledger.ts";
import type { Plant } from "./plant.ts";
import { post } from "./postgres/watch-nodes.ts";

/** At each program, however long the answers take. */
const POST_EVERY_MS = 50;

/** What was answered. */
export interface PacedLoad {
  readonly accepted: number;
  /** Each that was seen. */
  readonly statuses: readonly number[];
  readonly slowestMs: number;
}

/** Posts single events to each program for so long, and awaits all answers. */
export async function postAtPace(plants: readonly Plant[], ledger: Ledger, ms: number): Promise<PacedLoad> {
  const statuses = new Set<number>();
  let slowestMs = 0;
  let isOver = false;
  const before = ledger.accepted.size;
  const postTimed = async (plant: Plant) => {
    const began = performance.now();
    statuses.add(await post(plant, ledger));
    slowestMs = Math.max(slowestMs, performance.now() - began);
  };
  const posting = plants.map(async (plant) => {
    const answers: Promise<void>[] = [];
    while (!isOver) {
      answers.push(postTimed(plant));
      await delay(POST_EVERY_MS);
    }
    await Promise.all(answers);
  });
  await delay(ms);
  isOver = true;
  await Promise.all(posting);
  return {
    accepted: ledger.accepted.size - before,
    statuses: [...statuses].toSorted(),
    slowestMs: Math.round(slowestMs),
  };
}
