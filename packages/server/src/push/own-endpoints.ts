import type { Clock } from "../flow/clock.ts";
import type { Store } from "../store/store.ts";
import type { OwnedShard } from "../store/subscription-store.ts";

/** Endpoints are spread over so many shards by their URL. */
const SHARDS = 256;
/** A shard is held so long after its last renewal: a crash moves it to another loop within this time and one round. */
const HOLD_MS = 10_000;
/** Under this much of the hold on the own monotonic clock, nothing is leased any more: another loop may begin. */
const SAFE_MS = 2_000;

/** Which shards of endpoints this loop serves. */
export interface OwnEndpoints {
  /** The fence of a shard that is safely held now, or null. */
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

/** One loop, known by `ownerId` among all that share the store. */
export function makeOwnEndpoints(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ownerId: string;
}): OwnEndpoints {
  const { store, clock, ownerId } = parts;
  let held = new Map<number, Held>();
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

  async function balance(): Promise<void> {
    const now = clock.now();
    const owners = new Set((await store.listOwners(now)).map((one) => one.ownerId)).add(ownerId);
    const share = Math.ceil(SHARDS / owners.size);
    const askedAt = clock.monotonic();
    if (held.size < share) {
      keep(await store.claimShards({ ownerId, want: share - held.size, now, until: now + HOLD_MS }), askedAt);
    } else if (held.size > share) {
      const over = [...held.values()].slice(share).map(({ owned }) => owned);
      for (const { shard } of over) held.delete(shard);
      await store.releaseShards({ ownerId, shards: over });
    }
  }

  return {
    fenceOf(shard) {
      const one = held.get(shard);
      return one !== undefined && one.safeUntil > clock.monotonic() ? one.owned.fence : null;
    },
    shards: () => [...held.keys()],
    async tick() {
      const before = [...held.keys()].sort().join();
      await renew();
      await balance();
      return [...held.keys()].sort().join() !== before;
    },
    async release() {
      const shards = [...held.values()].map(({ owned }) => owned);
      held = new Map();
      if (shards.length > 0) await store.releaseShards({ ownerId, shards });
    },
  };
}
