import type { Health } from "./breaker.ts";

/** For whom slots are taken. */
export interface Taker {
  readonly projectId: string;
  /** Of the endpoint. */
  readonly shard: number;
  /** What the endpoint is like, as far as its last request told. */
  readonly health: Health;
}

/** The requests that one process keeps open, over all projects and endpoints, shared out so that slow ones leave room for the others. */
export interface OpenSlots {
  /** Takes up to `wanted` slots for an endpoint that holds `held` already; gives how many. */
  take(taker: Taker, wish: { readonly wanted: number; readonly held: number }): number;
  /** As they were taken: the requests ended, or did not begin. */
  giveBack(taker: Taker, count: number): void;
  running(): number;
  /** True if no slot is taken for an endpoint of this shard. */
  isIdle(shard: number): boolean;
  /** Remembers a subscription that found no slot. */
  wait(taker: Taker, subscriptionId: string): void;
  /** Takes out a few of those that have waited longest, if there are slots for them. */
  next(): readonly string[];
}

/** Slots that a health and all worse ones share. */
interface Tier {
  readonly most: number;
  readonly ofProjects: Map<string, number>;
  used: number;
}

/**
 * All that are open; of them, those to endpoints without a success so far; of them, those to endpoints that failed last. An endpoint that does not answer holds a slot for as long as its timeout, so many of
 * them would have all slots, had they not tiers of their own. An open request costs about 25 KB.
 */
const MOST: Readonly<Record<Health, number>> = { well: 2_000, unknown: 1_000, ill: 500 };
/** In the order in which they are woken. */
const HEALTHS: readonly Health[] = ["well", "unknown", "ill"];

/**
 * How many times as many slots as are free one project and one endpoint may hold: who has much leaves some to who comes later, and alone gets almost all of them. With n projects that want everything, each holds 4 / (4n + 1) and
 * 1 / (4n + 1) is free. (Choudhury and Hahne, Dynamic queue length thresholds, 1998.)
 */
const PROJECT_SHARE = 4;
const ENDPOINT_SHARE = 1;

/** Of so many that wait, in each tier, it is seen whether there is a slot when one is given back. More than one: the first may not need it any more. */
const WOKEN = 4;

export function makeOpenSlots(): OpenSlots {
  const [well, unknown, ill] = [makeTier(MOST.well), makeTier(MOST.unknown), makeTier(MOST.ill)];
  const tiersOf: Readonly<Record<Health, readonly Tier[]>> = {
    well: [well],
    unknown: [well, unknown],
    ill: [well, unknown, ill],
  };
  const waitingOf: Readonly<Record<Health, Map<string, Taker>>> = {
    well: new Map(),
    unknown: new Map(),
    ill: new Map(),
  };
  const ofShards = new Map<number, number>();

  function add({ projectId, shard, health }: Taker, count: number): void {
    addTo(ofShards, shard, count);
    for (const tier of tiersOf[health]) {
      tier.used += count;
      addTo(tier.ofProjects, projectId, count);
    }
  }

  function roomFor({ health, projectId }: Taker, held: number): number {
    let room = Number.POSITIVE_INFINITY;
    for (const tier of tiersOf[health]) room = Math.min(room, roomIn(tier, projectId, held));
    return Math.max(0, room);
  }

  function wake(waiting: Map<string, Taker>, woken: string[]): void {
    let looked = 0;
    for (const [id, taker] of waiting) {
      if (++looked > WOKEN) return;
      waiting.delete(id);
      // Whose project has its share waits on behind the others.
      if (roomFor(taker, 0) > 0) woken.push(id);
      else waiting.set(id, taker);
    }
  }

  return {
    take(taker, { wanted, held }) {
      const count = Math.min(wanted, roomFor(taker, held));
      if (count > 0) add(taker, count);
      return count;
    },
    giveBack: (taker, count) => add(taker, -count),
    running: () => well.used,
    isIdle: (shard) => !ofShards.has(shard),
    wait: (taker, subscriptionId) => void waitingOf[taker.health].set(subscriptionId, taker),
    next() {
      const woken: string[] = [];
      for (const health of HEALTHS) wake(waitingOf[health], woken);
      return woken;
    },
  };
}

function makeTier(most: number): Tier {
  return { most, ofProjects: new Map(), used: 0 };
}

/** Nothing is kept of what is none. */
function addTo<Key>(counts: Map<Key, number>, key: Key, count: number): void {
  const sum = (counts.get(key) ?? 0) + count;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

function roomIn({ most, used, ofProjects }: Tier, projectId: string, heldByEndpoint: number): number {
  const free = most - used;
  const ofProject = shareOf(free, ofProjects.get(projectId) ?? 0, PROJECT_SHARE);
  return Math.min(free, ofProject, shareOf(free, heldByEndpoint, ENDPOINT_SHARE));
}

/** So many more leave `held` at no more than `share` times what is free then. */
function shareOf(free: number, held: number, share: number): number {
  return Math.ceil((share * free - held) / (share + 1));
}
