import { checkDeliveries } from "./judge/check-deliveries.ts";
import { checkFeeds, checkStore } from "./judge/check-end.ts";
import type { Plant } from "./plants/plant.ts";
import { play } from "./play.ts";
import { openStage } from "./stage.ts";
import { makeWorld, type Violation } from "./world/world.ts";

export interface Verdict {
  readonly seed: number;
  /** The first invariant that did not hold; null: all did. */
  readonly violation: Violation | null;
  /** Equal for equal runs. */
  readonly hash: string;
  /** Kept with `isTold` alone. */
  readonly lines: readonly string[];
}

export interface RunOptions {
  /** Keeps what happened, line by line. */
  readonly isTold?: boolean;
  readonly plant?: Plant;
}

/** Plays one seed to its end, or to the first invariant that does not hold. */
export async function runSeed(seed: number, { isTold = false, plant }: RunOptions = {}): Promise<Verdict> {
  const world = makeWorld(seed, isTold);
  const { scheduler, trace } = world;
  const stage = await openStage(world, plant);
  let isOver = false;
  void play(stage).then(() => {
    isOver = true;
  }, world.failWith);
  await scheduler.run(() => isOver || world.violation() !== null).catch(world.failWith);
  if (world.violation() === null) {
    await checkStore(stage.facts, stage.ledger, stage.store);
    checkDeliveries(stage.facts, stage.ledger);
    checkFeeds(stage.facts, stage.ledger);
  }
  return { seed, violation: world.violation(), hash: trace.hash(), lines: trace.lines() };
}
