import { setTimeout as delay } from "node:timers/promises";
import type { Hook, HookAnswer } from "../harness/open-hooks.ts";
import { makeRandom } from "../harness/random.ts";

/** One event of the test as its payload says. */
export interface Numbered {
  readonly key: number;
  readonly position: number;
}

/** What one endpoint saw. */
export interface Sight {
  /** By key: the positions in the order in which they were taken. */
  readonly taken: ReadonlyMap<number, number[]>;
  /** Requests of one key that were open at a time. */
  mostOfOneKey: number;
  mostAtOnce: number;
  requests: number;
  failed: number;
  count: number;
  /** Of the last one that was taken; monotonic ms. */
  lastAt: number;
}

export interface FlakyWish {
  readonly keys: number;
  readonly failing: number;
  readonly seed: number;
}

/** An endpoint that takes a few ms and fails at random: attempt n of an event fails or not by the seed alone, whoever asks and when. */
export function makeFlakyEndpoint({ keys, failing, seed }: FlakyWish) {
  const taken = new Map(Array.from({ length: keys }, (_, key) => [key, [] as number[]]));
  const sight: Sight = {
    ...{ taken, mostOfOneKey: 0, mostAtOnce: 0, requests: 0, failed: 0, count: 0, lastAt: 0 },
  };
  const attempts = new Map<string, number>();
  const open = new Map<number, number>();
  let atOnce = 0;

  const begin = (key: number): void => {
    const ofKey = (open.get(key) ?? 0) + 1;
    open.set(key, ofKey);
    atOnce += 1;
    sight.requests += 1;
    sight.mostOfOneKey = Math.max(sight.mostOfOneKey, ofKey);
    sight.mostAtOnce = Math.max(sight.mostAtOnce, atOnce);
  };

  async function answer({ body }: Hook): Promise<HookAnswer> {
    const { key, position } = JSON.parse(body.toString()) as Numbered;
    const name = `${key}/${position}`;
    const attempt = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, attempt);
    const random = makeRandom(seed ^ (key * 1_000_003 + position * 1_009 + attempt));
    begin(key);
    await delay(random.whole(1, 5));
    open.set(key, (open.get(key) ?? 0) - 1);
    atOnce -= 1;
    if (random.chance(failing)) {
      sight.failed += 1;
      return random.pick([500, 503, "reset"]);
    }
    taken.get(key)?.push(position);
    sight.count += 1;
    sight.lastAt = performance.now();
    return 200;
  }

  return { sight, answer };
}
