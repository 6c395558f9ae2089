import { ENDPOINT_SHARDS } from "../../domain/subscription.ts";
import type { OwnerFence } from "../delivery-store.ts";
import type { OwnedShard, OwnerStore } from "../subscription-store.ts";
import { IS_ABSENT, pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { numberOf, textOf } from "./item.ts";
import { readItem } from "./read-items.ts";
import { unavailable } from "./translate-errors.ts";
import { putItem } from "./write-items.ts";

const KEY = { pk: "owners", sk: "owners" };

interface OwnerRow {
  readonly ownerId: string | null;
  readonly fence: number;
  readonly until: number;
}

/** All shards are one item (6 KB when all are owned): one write renews all that a loop holds, where an item for each would take 256. */
export function makeOwners(dynamo: Dynamo): OwnerStore {
  return {
    claimShards: (request) => changeOwners(dynamo, (rows) => claim(rows, request)),
    renewShards: ({ ownerId, shards, now, until }) =>
      changeOwners(dynamo, (rows) => {
        const held = shards.filter((shard) => {
          const row = heldRow(rows, ownerId, shard);
          return row !== null && row.until > now;
        });
        for (const { shard, fence } of held) rows[shard] = { ownerId, fence, until };
        return held.map((shard) => ({ ...shard, until }));
      }),
    releaseShards: async ({ ownerId, shards }) => {
      await changeOwners(dynamo, (rows) => {
        const held = shards.filter((shard) => heldRow(rows, ownerId, shard) !== null);
        for (const { shard, fence } of held) rows[shard] = { ownerId: null, fence, until: 0 };
        return held;
      });
    },
    listOwners: async (now) => {
      const { rows } = await readOwners(dynamo);
      return rows.flatMap(({ ownerId, fence, until }, shard) =>
        ownerId === null || until <= now ? [] : [{ shard, fence, until, ownerId }],
      );
    },
  };
}

/** True for the present hold of a shard that is not past its end; read strongly. */
export async function isPresentOwner(
  dynamo: Dynamo,
  { shard, fence }: OwnerFence,
  now: number,
): Promise<boolean> {
  const row = (await readOwners(dynamo)).rows[shard];
  return row !== undefined && row.ownerId !== null && row.fence === fence && row.until > now;
}

function claim(rows: OwnerRow[], request: Parameters<OwnerStore["claimShards"]>[0]): OwnedShard[] {
  const { ownerId, want, now, until } = request;
  const claimed: OwnedShard[] = [];
  for (const [shard, row] of rows.entries()) {
    if (claimed.length >= want) break;
    if (row.ownerId !== null && row.until > now) continue;
    const fence = row.fence + 1;
    rows[shard] = { ownerId, fence, until };
    claimed.push({ shard, fence, until });
  }
  return claimed;
}

function heldRow(rows: readonly OwnerRow[], ownerId: string, { shard, fence }: OwnedShard): OwnerRow | null {
  const row = rows[shard];
  return row !== undefined && row.ownerId === ownerId && row.fence === fence ? row : null;
}

const ROUNDS = 30;

/** `change` works on a copy of all rows; what it answers for no shard is not written. */
async function changeOwners(
  dynamo: Dynamo,
  change: (rows: OwnerRow[]) => readonly OwnedShard[],
): Promise<readonly OwnedShard[]> {
  for (let round = 0; round < ROUNDS; round++) {
    const { rows, version } = await readOwners(dynamo);
    const changed = change(rows);
    if (changed.length === 0) return changed;
    const condition = version === 0 ? IS_ABSENT : { expression: "v = :v", values: { v: version } };
    const item = { ...KEY, v: version + 1, ...writeRows(rows) };
    if ((await putItem(dynamo, "control", { item, condition })).isDone) return changed;
    await pause(Math.min(round, 3));
  }
  throw unavailable();
}

type Packed = readonly (readonly [owner: number, fence: number, until: number])[];

/** Owners' names stand once. */
function writeRows(rows: readonly OwnerRow[]) {
  const names = [...new Set(rows.flatMap(({ ownerId }) => ownerId ?? []))];
  const packed: Packed = rows.map(({ ownerId, fence, until }) => [
    ownerId === null ? -1 : names.indexOf(ownerId),
    fence,
    until,
  ]);
  return { names, rows: JSON.stringify(packed) };
}

async function readOwners(dynamo: Dynamo): Promise<{ readonly rows: OwnerRow[]; readonly version: number }> {
  const item = await readItem(dynamo, "control", KEY);
  const packed: Packed = JSON.parse((item && textOf(item, "rows")) ?? "[]");
  const names = Array.isArray(item?.names) ? item.names : [];
  const rows = Array.from({ length: ENDPOINT_SHARDS }, (_, shard) => {
    const [owner, fence, until] = packed[shard] ?? [-1, 0, 0];
    return { ownerId: owner < 0 ? null : String(names[owner]), fence, until };
  });
  return { rows, version: item === null ? 0 : (numberOf(item, "v") ?? 0) };
}
