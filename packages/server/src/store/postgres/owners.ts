import type { OwnedShard, OwnerStore } from "../subscription-store.ts";
import type { Session } from "./session.ts";
import { operatorSql } from "./sql.ts";

/**
 * Of two loops that claim at once each takes rows that the other has not locked. Fences rise with the time: a server that goes on from an earlier point gives none again that a loop may still hold.
 */
const CLAIM = operatorSql<readonly [shard: number, fence: number]>(`WITH free AS (SELECT shard FROM owners
    WHERE owner IS NULL OR held_until <= $3 ORDER BY shard LIMIT $2 FOR UPDATE SKIP LOCKED)
  UPDATE owners AS o SET owner = $1, fence = greatest(o.fence + 1, $3), held_until = $4 FROM free
  WHERE o.shard = free.shard RETURNING o.shard, o.fence`);

export async function claimShards(
  db: Session,
  { ownerId, want, now, until }: Parameters<OwnerStore["claimShards"]>[0],
): Promise<OwnedShard[]> {
  const claimed = await db.all(CLAIM, ownerId, want, now, until);
  return claimed.map(([shard, fence]) => ({ shard, fence, until })).toSorted((a, b) => a.shard - b.shard);
}

const HELD = "unnest($2::smallint[], $3::bigint[]) AS held (shard, fence)";
const RENEW = operatorSql<readonly [shard: number]>(`UPDATE owners AS o SET held_until = $5 FROM ${HELD}
  WHERE o.shard = held.shard AND o.fence = held.fence AND o.owner = $1 AND o.held_until > $4 RETURNING o.shard`);

export async function renewShards(
  db: Session,
  { ownerId, shards, now, until }: Parameters<OwnerStore["renewShards"]>[0],
): Promise<OwnedShard[]> {
  const renewed = new Set(
    (await db.all(RENEW, ownerId, ...holds(shards), now, until)).map(([shard]) => shard),
  );
  return shards.filter(({ shard }) => renewed.has(shard)).map((shard) => ({ ...shard, until }));
}

const RELEASE = operatorSql(`UPDATE owners AS o SET owner = NULL FROM ${HELD}
  WHERE o.shard = held.shard AND o.fence = held.fence AND o.owner = $1`);

export async function releaseShards(
  db: Session,
  { ownerId, shards }: Parameters<OwnerStore["releaseShards"]>[0],
): Promise<void> {
  await db.run(RELEASE, ownerId, ...holds(shards));
}

function holds(shards: readonly OwnedShard[]): [number[], number[]] {
  return [shards.map(({ shard }) => shard), shards.map(({ fence }) => fence)];
}

const LIST = operatorSql<readonly [shard: number, fence: number, until: number, ownerId: string]>(
  "SELECT shard, fence, held_until, owner FROM owners WHERE owner IS NOT NULL AND held_until > $1 ORDER BY shard",
);

export async function listOwners(db: Session, now: number): ReturnType<OwnerStore["listOwners"]> {
  const owners = await db.all(LIST, now);
  return owners.map(([shard, fence, until, ownerId]) => ({ shard, fence, until, ownerId }));
}
