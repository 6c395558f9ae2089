import type { Weather } from "./weather.ts";
import type { World } from "./world.ts";

/** How long an operation is on its way, in ms. */
export interface StoreWay {
  effectMs(weather: Weather): number;
  answerMs(weather: Weather): number;
}

const SOON_MS = 2;
const LATE_FROM_MS = 5;
/** An operation takes effect within this time or not at all: the bound that a store gives to its transactions. */
const LATEST_EFFECT_MS = 900;
const LATEST_ANSWER_MS = 6_000;

/** A server that many share: operations overtake each other on the way there and on the way back. */
export function makeClusterWay({ random }: World): StoreWay {
  const draw = (chance: number, latestMs: number) =>
    random.chance(chance) ? random.between(LATE_FROM_MS, latestMs) : random.between(0, SOON_MS);
  return {
    effectMs: ({ slow }) => draw(slow, LATEST_EFFECT_MS),
    answerMs: ({ late }) => draw(late, LATEST_ANSWER_MS),
  };
}

const SLOW_DISK_MS = 300;
const APART_MS = 0.001;

/** A thread of the process, as that of SQLite: writes take effect in the order in which they were asked for and are answered in that order; reads are made at once. */
export function makeEmbeddedWay({ random, scheduler }: World): StoreWay {
  let lastEffectAt = 0;
  let lastAnswerAt = 0;
  const behind = (last: number, ms: number) => Math.max(scheduler.now() + ms, last + APART_MS);
  return {
    effectMs({ slow }) {
      const ms = random.chance(slow) ? random.between(0, SLOW_DISK_MS) : random.between(0, SOON_MS);
      lastEffectAt = behind(lastEffectAt, ms);
      return lastEffectAt - scheduler.now();
    },
    answerMs() {
      lastAnswerAt = behind(lastAnswerAt, random.between(0, SOON_MS));
      return lastAnswerAt - scheduler.now();
    },
  };
}
