import type { OwnedShard, OwnerStore } from "../subscription-store.ts";
import type { Database } from "./open-database.ts";
import { operatorSql } from "./sql.ts";

const FREE = operatorSql<readonly [shard: number, fence: number]>(`SELECT shard, fence FROM owners
  WHERE owner IS NULL OR held_until <= ? ORDER BY shard LIMIT ? + 0`);
const CLAIM = operatorSql("UPDATE owners SET owner = ?, fence = ?, held_until = ? WHERE shard = ?");

export function claimShards(
  db: Database,
  { ownerId, want, now, until }: Parameters<OwnerStore["claimShards"]>[0],
): OwnedShard[] {
  return db.all(FREE, now, want).map(([shard, lastFence]) => {
    const fence = lastFence + 1;
    db.run(CLAIM, ownerId, fence, until, shard);
    return { shard, fence, until };
  });
}

const RENEW = operatorSql(
  "UPDATE owners SET held_until = ? WHERE shard = ? AND owner = ? AND fence = ? AND held_until > ?",
);

export function renewShards(
  db: Database,
  { ownerId, shards, now, until }: Parameters<OwnerStore["renewShards"]>[0],
): OwnedShard[] {
  const held = shards.filter(({ shard, fence }) => db.run(RENEW, until, shard, ownerId, fence, now) > 0);
  return held.map((shard) => ({ ...shard, until }));
}

const RELEASE = operatorSql("UPDATE owners SET owner = NULL WHERE shard = ? AND owner = ? AND fence = ?");

export function releaseShards(
  db: Database,
  { ownerId, shards }: Parameters<OwnerStore["releaseShards"]>[0],
): void {
  for (const { shard, fence } of shards) db.run(RELEASE, shard, ownerId, fence);
}

const LIST = operatorSql<readonly [shard: number, fence: number, until: number, ownerId: string]>(
  "SELECT shard, fence, held_until, owner FROM owners WHERE owner IS NOT NULL AND held_until > ? ORDER BY shard",
);

export function listOwners(db: Database, now: number): Awaited<ReturnType<OwnerStore["listOwners"]>> {
  return db.all(LIST, now).map(([shard, fence, until, ownerId]) => ({ shard, fence, until, ownerId }));
}
