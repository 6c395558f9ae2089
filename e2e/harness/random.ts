/** Numbers that look random and come again with the same seed. */
export interface Random {
  /** From 0 up to, not including, 1. */
  number(): number;
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  /** True with this chance. */
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
}

/** mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const whole = (least: number, most: number) => least + Math.floor(number() * (most - least + 1));
  return {
    ...{ number, whole },
    chance: (probability) => number() < probability,
    pick: (values) => {
      const value = values[whole(0, values.length - 1)];
      if (value === undefined) throw new Error("There is nothing to pick from.");
      return value;
    },
  };
}

/** The seed of this run, printed so that a failure can be run again: `E2E_SEED=… npm run test:e2e`. */
export function chooseSeed(what: string): number {
  const seed = Number(process.env.E2E_SEED ?? Math.floor(Math.random() * 0x1_0000_0000));
  console.log(`${what}: E2E_SEED=${seed}`);
  return seed;
}
