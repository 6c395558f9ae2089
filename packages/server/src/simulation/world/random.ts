/** Every choice of a run comes from one of these: the same seed gives the same choices. */
export interface Random {
  /** In [0, 1). */
  number(): number;
  /** A whole number from 0 up to, but without, `count`. */
  below(count: number): number;
  /** In [from, to). */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  /** One of a list that is never empty. */
  pick<const T>(items: readonly T[]): T;
  /** Null: there is none. */
  pickOf<T>(items: readonly T[]): T | null;
  bytes(length: number): Buffer;
}

/** Small Fast Counter (sfc32): 128 bits of state, passes PractRand, and four additions a number. */
export function makeRandom(seed: number): Random {
  const next = makeSfc32(seed);
  const number = () => next() / 2 ** 32;
  const below = (count: number) => Math.floor(number() * count);
  return {
    number,
    below,
    between: (from, to) => from + number() * (to - from),
    chance: (probability) => number() < probability,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    pickOf: (items) => items[below(items.length)] ?? null,
    bytes(length) {
      const bytes = Buffer.alloc(length);
      for (let at = 0; at < length; at += 4) {
        const word = next();
        for (let byte = 0; byte < 4 && at + byte < length; byte++) bytes[at + byte] = word >>> (8 * byte);
      }
      return bytes;
    },
  };
}

function makeSfc32(seed: number): () => number {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // So many rounds until each bit of the seed has reached every bit of the state.
  for (let round = 0; round < 15; round++) next();
  return next;
}
