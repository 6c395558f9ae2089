import { beforeEach, describe, expect, it } from "vitest";
import { SPARE_SHARD } from "../domain/subscription.ts";
import { openMemoryStore } from "../store/memory/open-memory-store.ts";
import type { Store } from "../store/store.ts";
import { makeOwnEndpoints, type OwnEndpoints } from "./own-endpoints.ts";

const ROUND_MS = 2_000;

let now = 0;
let store: Store;

beforeEach(async () => {
  now = 1_000_000;
  store = await openMemoryStore();
});

function open(ownerId: string, isIdle: (shard: number) => boolean = () => true): OwnEndpoints {
  const clock = { now: () => now, monotonic: () => now, after: () => () => {}, soon: () => {} };
  return makeOwnEndpoints({ store, clock, ownerId, isIdle });
}

async function rounds(count: number, loops: readonly OwnEndpoints[]): Promise<void> {
  for (; count > 0; count--, now += ROUND_MS) for (const loop of loops) await loop.tick();
}

/** How many shards with endpoints each of them serves; throws if two serve the same. */
function served(loops: readonly OwnEndpoints[]): number[] {
  const all = loops.map((loop) => loop.shards().filter((shard) => loop.fenceOf(shard) !== null));
  if (new Set(all.flat()).size !== all.flat().length) throw new Error("two loops serve the same shard");
  return all.map((shards) => shards.filter((shard) => shard !== SPARE_SHARD).length);
}

describe("the owner of endpoints", () => {
  it("serves all shards with endpoints when it is alone, and leaves the spare one free", async () => {
    const alone = open("a");
    await rounds(2, [alone]);
    expect(served([alone])).toEqual([SPARE_SHARD]);
    expect(alone.shards()).not.toContain(SPARE_SHARD);
  });

  it.each([2, 3, 7])("shares fairly with others that come later, one after the other: %d", async (count) => {
    const loops: OwnEndpoints[] = [];
    for (let n = 0; n < count; n++) {
      loops.push(open(`loop ${n}`));
      await rounds(4, loops);
    }
    const shares = served(loops);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(SPARE_SHARD);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  });

  it("shares fairly with many that come at once", async () => {
    const loops = [open("first")];
    await rounds(2, loops);
    for (let n = 0; n < 5; n++) loops.push(open(`later ${n}`));
    await rounds(20, loops);
    const shares = served(loops);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(SPARE_SHARD);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  });

  it("moves nothing any more once all have their share", async () => {
    const loops = [open("a"), open("b"), open("c")];
    await rounds(10, loops);
    const moves: boolean[] = [];
    for (let round = 0; round < 5; round++, now += ROUND_MS)
      for (const loop of loops) moves.push(await loop.tick());
    expect(moves).not.toContain(true);
  });

  it("takes what another held within 12 s after that one's end", async () => {
    const [dying, left] = [open("a"), open("b")];
    await rounds(6, [dying, left]);
    await dying.tick();
    const diedAt = now;
    while (served([left])[0] !== SPARE_SHARD) await rounds(1, [left]);
    expect(now - ROUND_MS - diedAt).toBeLessThanOrEqual(12_000);
  });

  it("gives a shard over its share back only when nothing is under way to it, and serves it no more", async () => {
    const busy = new Set(Array.from({ length: SPARE_SHARD }, (_, shard) => shard));
    const [first, second] = [open("a", (shard) => !busy.has(shard)), open("b")];
    await rounds(1, [first]);
    await rounds(4, [first, second]);
    expect(served([first, second])).toEqual([128, 0]);
    expect(first.shards()).toHaveLength(SPARE_SHARD);
    busy.clear();
    await rounds(3, [first, second]);
    expect(served([first, second])).toEqual([128, 127]);
  });

  it("serves again what it was about to give back when the other has gone", async () => {
    const [first, second] = [open("a", () => false), open("b")];
    await rounds(1, [first]);
    await rounds(2, [first, second]);
    expect(served([first])).toEqual([128]);
    await second.release();
    await rounds(1, [first]);
    expect(served([first])).toEqual([SPARE_SHARD]);
  });

  it("serves nothing any more under 2 s before the end of its hold", async () => {
    const loop = open("a");
    await loop.tick();
    now += 7_999;
    expect(served([loop])).toEqual([SPARE_SHARD]);
    now += 1;
    expect(served([loop])).toEqual([0]);
  });
});
