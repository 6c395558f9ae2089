import type { OwnedShard, OwnerStore } from "../subscription-store.ts";
import type { OwnerRow, Tables } from "./tables.ts";

export function makeOwners(tables: Tables): OwnerStore {
  return {
    claimShards: async (request) => claimShards(tables.owners, request),
    renewShards: async ({ ownerId, shards, now, until }) => {
      const held = shards.filter((shard) => {
        const row = heldRow(tables.owners, ownerId, shard);
        if (row === null || row.until <= now) return false;
        row.until = until;
        return true;
      });
      return held.map((shard) => ({ ...shard, until }));
    },
    releaseShards: async ({ ownerId, shards }) => {
      for (const shard of shards) {
        const row = heldRow(tables.owners, ownerId, shard);
        if (row !== null) row.ownerId = null;
      }
    },
    listOwners: async (now) =>
      tables.owners.flatMap(({ ownerId, fence, until }, shard) =>
        ownerId === null || until <= now ? [] : [{ shard, fence, until, ownerId }],
      ),
  };
}

function claimShards(
  owners: readonly OwnerRow[],
  request: Parameters<OwnerStore["claimShards"]>[0],
): OwnedShard[] {
  const { ownerId, want, now, until } = request;
  const claimed: OwnedShard[] = [];
  for (const [shard, row] of owners.entries()) {
    if (claimed.length >= want) break;
    if (row.ownerId !== null && row.until > now) continue;
    Object.assign(row, { ownerId, until, fence: row.fence + 1 });
    claimed.push({ shard, fence: row.fence, until });
  }
  return claimed;
}

function heldRow(
  owners: readonly OwnerRow[],
  ownerId: string,
  { shard, fence }: OwnedShard,
): OwnerRow | null {
  const row = owners[shard];
  return row !== undefined && row.ownerId === ownerId && row.fence === fence ? row : null;
}
