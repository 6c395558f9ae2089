import { rateShare } from "../domain/rate-share.ts";
import type { NodeDemand, RateStore } from "../store/rate-store.ts";
import type { Clock } from "./clock.ts";
import { type Sweep, startSweep } from "./sweep.ts";

/** Who counts what each limit of this node was asked for, and lets through its share. */
export interface SharedLimits {
  /** What all nodes together may let through a second; 0: anything. */
  readonly perSecond: number;
  /** Asked for since the last call, let through or not; a limit that nobody asked for is left out. */
  takeAsked(): ReadonlyMap<string, number>;
  /** `share`: of a limit that is not among them. */
  setShares(shares: ReadonlyMap<string, number>, share: number): void;
}

const EXCHANGE_MS = 500;
/** A node that has told nothing for so long is gone. */
const FRESH_MS = 2_000;
/** Weight of the newest interval in a limit's demand. */
const NEWEST = 0.5;
/** Below this a demand is forgotten. */
const LEAST_DEMAND = 0.05;

/**
 * Shares rate limits between the nodes on one store, without a round trip per request: each tells twice a second what it was asked for and learns what the others
 * were, and `rateShare` gives its part. While the store does not answer, the shares stay as they are. Resolves after the first exchange.
 */
export async function shareRates(parts: {
  readonly store: RateStore;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly limits: SharedLimits;
  readonly onError: (error: unknown) => void;
}): Promise<Sweep> {
  const { clock, limits, onError } = parts;
  if (limits.perSecond === 0) return startSweep(clock, [], onError);
  let demands: ReadonlyMap<string, number> = new Map();
  let last = clock.monotonic();
  const exchange = async () => {
    const seconds = Math.max(clock.monotonic() - last, 1) / 1_000;
    last = clock.monotonic();
    demands = smooth(demands, limits.takeAsked(), seconds);
    await exchangeOnce(parts, demands);
  };
  await exchange().catch(onError);
  return startSweep(clock, [{ everyMs: EXCHANGE_MS, run: exchange }], onError);
}

async function exchangeOnce(
  { store, clock, nodeId, limits }: Parameters<typeof shareRates>[0],
  demands: ReadonlyMap<string, number>,
): Promise<void> {
  const now = clock.now();
  const told: NodeDemand[] = [...demands].map(([limit, perSecond]) => ({ limit, perSecond }));
  const { nodes, others } = await store.exchangeDemands({
    ...{ nodeId, now, freshAfter: now - FRESH_MS },
    demands: told,
  });
  const shares = told.map(({ limit, perSecond }, index) => {
    const demand = { own: perSecond, others: others[index] ?? 0 };
    return [limit, rateShare(limits.perSecond, demand, nodes)] as const;
  });
  limits.setShares(new Map(shares), rateShare(limits.perSecond, null, nodes));
}

function smooth(
  before: ReadonlyMap<string, number>,
  asked: ReadonlyMap<string, number>,
  seconds: number,
): ReadonlyMap<string, number> {
  const next = new Map<string, number>();
  for (const limit of new Set([...before.keys(), ...asked.keys()])) {
    const newest = (asked.get(limit) ?? 0) / seconds;
    const known = before.get(limit);
    const demand = known === undefined ? newest : NEWEST * newest + (1 - NEWEST) * known;
    if (demand >= LEAST_DEMAND) next.set(limit, demand);
  }
  return next;
}
