import { SPARE_SHARD } from "../domain/subscription.ts";
import type { Clock } from "../flow/clock.ts";
import type { Store } from "../store/store.ts";
import type { OwnedShard } from "../store/subscription-store.ts";

/** A shard is held so long after its last renewal: a crash moves it to another loop within this time and one round. */
const HOLD_MS = 10_000;
/** Under this much of the hold on the own monotonic clock, nothing is leased any more: another loop may begin. */
const SAFE_MS = 2_000;

/** Which shards of endpoints this loop serves. */
export interface OwnEndpoints {
  /** The fence of a shard that is safely held now, and not about to be given back; else null. */
  fenceOf(shard: number): number | null;
  shards(): readonly number[];
  /** Renews what is held, takes what is free up to the fair share, gives back what is over it. True if the set changed. */
  tick(): Promise<boolean>;
  /** Gives everything back. */
  release(): Promise<void>;
}

interface Held {
  readonly owned: OwnedShard;
  /** On the monotonic clock. */
  readonly safeUntil: number;
}

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ownerId: string;
  /** True if no request to its endpoints is under way or about to begin. */
  readonly isIdle: (shard: number) => boolean;
}

/**
 * One loop, known by `ownerId` among all that share the store. Loops know of each other by what they hold: no endpoint lies in the spare shard, so one that comes when all others are held takes that, is seen, and is left
 * its share. A shard over the share is given back when its requests have ended, so that the pace of an endpoint holds over both.
 */
export function makeOwnEndpoints({ store, clock, ownerId, isIdle }: Parts): OwnEndpoints {
  let held = new Map<number, Held>();
  const leaving = new Set<number>();
  /** The set as the last round that ended left it: of one that failed half-way, the next one tells. */
  let told = "";
  const keep = (owned: readonly OwnedShard[], askedAt: number) => {
    for (const one of owned) held.set(one.shard, { owned: one, safeUntil: askedAt + HOLD_MS - SAFE_MS });
  };

  async function renew(): Promise<void> {
    const shards = [...held.values()].map(({ owned }) => owned);
    if (shards.length === 0) return;
    const askedAt = clock.monotonic();
    const now = clock.now();
    const renewed = await store.renewShards({ ownerId, shards, now, until: now + HOLD_MS });
    held = new Map();
    keep(renewed, askedAt);
  }

  async function giveBack(shards: readonly number[]): Promise<void> {
    const owned = shards.flatMap((shard) => held.get(shard)?.owned ?? []);
    for (const shard of shards) held.delete(shard);
    if (owned.length > 0) await store.releaseShards({ ownerId, shards: owned });
  }

  async function balance(): Promise<void> {
    const now = clock.now();
    const owners = (await store.listOwners(now)).map((one) => one.ownerId);
    const share = shareOf(ownerId, new Set(owners).add(ownerId));
    const serving = [...held.keys()].filter((shard) => shard !== SPARE_SHARD).sort((a, b) => a - b);
    leaving.clear();
    for (const shard of serving.slice(share)) leaving.add(shard);
    await giveBack([...leaving].filter(isIdle));
    if (serving.length < share) {
      const askedAt = clock.monotonic();
      const want = share - serving.length;
      keep(await store.claimShards({ ownerId, want, now, until: now + HOLD_MS }), askedAt);
    }
    if (held.has(SPARE_SHARD) && held.size > 1) await giveBack([SPARE_SHARD]);
  }

  return {
    fenceOf(shard) {
      const one = held.get(shard);
      const isSafe = one !== undefined && one.safeUntil > clock.monotonic() && !leaving.has(shard);
      return isSafe ? one.owned.fence : null;
    },
    shards: () => [...held.keys()],
    async tick() {
      await renew();
      await balance();
      const before = told;
      told = [...held.keys()].sort().join();
      return told !== before;
    },
    release: () => giveBack([...held.keys()]),
  };
}

/** How many shards one of these owners serves; all of them together serve all but the spare one. */
function shareOf(ownerId: string, owners: ReadonlySet<string>): number {
  const place = [...owners].sort().indexOf(ownerId);
  const each = Math.floor(SPARE_SHARD / owners.size);
  return place < SPARE_SHARD % owners.size ? each + 1 : each;
}
