import { describe, expect, test } from "vitest";
import { ENDPOINT_SHARDS } from "../../domain/subscription.ts";
import type { OwnedShard } from "../subscription-store.ts";
import { SECOND, T0 } from "./make-records.ts";
import type { OpenScene, Scene } from "./scene.ts";

const UNTIL = T0 + 10 * SECOND;

export function describeOwners(open: OpenScene): void {
  describe("owners of shards", () => {
    test("a claim takes free shards, no more than wanted, and shows them as owned", async () => {
      const scene = await open();
      const claimed = await claim(scene, "a", 3);
      expect(new Set(claimed.map(({ shard }) => shard)).size).toBe(3);
      expect(claimed.every(({ until }) => until === UNTIL)).toBe(true);
      expect(await scene.store.listOwners(T0)).toEqual(
        byShard(claimed).map((owned) => ({ ...owned, ownerId: "a" })),
      );
    });

    test("two owners never hold the same shard, and together they hold all of them", async () => {
      const scene = await open();
      const claims = await Promise.all(["a", "b", "c"].map((ownerId) => claim(scene, ownerId, 100)));
      const shards = claims.flat().map(({ shard }) => shard);
      expect(shards.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: ENDPOINT_SHARDS }, (_, index) => index),
      );
      expect(await claim(scene, "d", 1)).toEqual([]);
    });

    test("a shard past its end is taken under a higher fence", async () => {
      const scene = await open();
      const before = byShard(await claim(scene, "a", ENDPOINT_SHARDS));
      const request = { ownerId: "b", want: ENDPOINT_SHARDS, until: UNTIL + 10 * SECOND };
      expect(await scene.store.claimShards({ ...request, now: UNTIL - 1 })).toEqual([]);
      const after = byShard(await scene.store.claimShards({ ...request, now: UNTIL }));
      expect(after).toHaveLength(ENDPOINT_SHARDS);
      expect(after.every(({ fence }, shard) => fence > (before[shard]?.fence ?? Number.NaN))).toBe(true);
    });

    test("an owner prolongs what it holds, and keeps its fences", async () => {
      const scene = await open();
      const claimed = await claim(scene, "a", 2);
      const until = UNTIL + SECOND;
      const renewed = await renew(scene, { ownerId: "a", shards: claimed, until });
      expect(byShard(renewed)).toEqual(byShard(claimed).map((shard) => ({ ...shard, until })));
      expect((await scene.store.listOwners(UNTIL)).map((owner) => owner.until)).toEqual([until, until]);
    });

    test("nobody prolongs what another owner holds or took since, nor what is past its end", async () => {
      const scene = await open();
      const claimed = await claim(scene, "a", ENDPOINT_SHARDS);
      expect(await renew(scene, { ownerId: "b", shards: claimed })).toEqual([]);
      expect(await renew(scene, { ownerId: "a", shards: claimed, now: UNTIL })).toEqual([]);
      const request = { ownerId: "b", want: ENDPOINT_SHARDS, now: UNTIL, until: UNTIL + SECOND };
      const taken = await scene.store.claimShards(request);
      expect(await renew(scene, { ownerId: "a", shards: claimed, now: UNTIL })).toEqual([]);
      expect(await renew(scene, { ownerId: "a", shards: taken, now: UNTIL })).toEqual([]);
      expect(await renew(scene, { ownerId: "b", shards: claimed, now: UNTIL })).toEqual([]);
    });

    test("released shards are free at once, and only their holder releases them", async () => {
      const scene = await open();
      const claimed = await claim(scene, "a", ENDPOINT_SHARDS);
      await scene.store.releaseShards({ ownerId: "b", shards: claimed });
      expect(await claim(scene, "b", 1)).toEqual([]);
      await scene.store.releaseShards({ ownerId: "a", shards: claimed.slice(0, 4) });
      const taken = await claim(scene, "b", 10);
      expect(byShard(taken).map(({ shard }) => shard)).toEqual(
        byShard(claimed.slice(0, 4)).map(({ shard }) => shard),
      );
      const fences = new Map(claimed.map(({ shard, fence }) => [shard, fence]));
      expect(taken.every(({ shard, fence }) => fence > (fences.get(shard) ?? Number.NaN))).toBe(true);
    });

    test("owners past their end are not listed", async () => {
      const scene = await open();
      await claim(scene, "a", 2);
      expect(await scene.store.listOwners(UNTIL - 1)).toHaveLength(2);
      expect(await scene.store.listOwners(UNTIL)).toEqual([]);
    });
  });
}

function claim({ store }: Scene, ownerId: string, want: number): Promise<readonly OwnedShard[]> {
  return store.claimShards({ ownerId, want, now: T0, until: UNTIL });
}

type Renewal = Partial<Parameters<Scene["store"]["renewShards"]>[0]>;

function renew({ store }: Scene, fields: Renewal & { ownerId: string; shards: readonly OwnedShard[] }) {
  return store.renewShards({ now: T0, until: UNTIL + SECOND, ...fields });
}

function byShard(shards: readonly OwnedShard[]): OwnedShard[] {
  return shards.toSorted((a, b) => a.shard - b.shard);
}
