import { makeTokenBucket, type TokenBucket } from "./token-bucket.ts";

export interface PaceLimits {
  /** Starts in any second; null: no limit. */
  readonly ratePerSecond: number | null;
  readonly maxInFlight: number;
}

/** The slots of one subscription. Times are monotonic ms. Each slot taken is given back or ended once. */
export interface SubscriptionPace {
  /** Takes up to `wanted` slots; gives how many. */
  take(now: number, wanted: number): number;
  /** Slots whose requests did not begin. */
  giveBack(now: number, count: number): void;
  /** A request that began is over. */
  end(): void;
  inFlight(): number;
  /** From when on there may be a slot; null: not before a request ends. */
  nextAt(now: number): number | null;
  /** New limits for the same requests in flight. */
  change(now: number, limits: PaceLimits): void;
}

/** Holds `rate_per_second` and `max_in_flight` of a subscription. */
export function paceSubscription(startedAt: number, initial: PaceLimits): SubscriptionPace {
  let limits = initial;
  let bucket = bucketOf(limits, startedAt);
  let inFlight = 0;

  return {
    take: (now, wanted) => {
      const room = Math.max(0, Math.min(wanted, limits.maxInFlight - inFlight));
      const taken = bucket === null ? room : bucket.take(now, room);
      inFlight += taken;
      return taken;
    },
    giveBack: (now, count) => {
      inFlight -= count;
      bucket?.giveBack(now, count);
    },
    end: () => {
      inFlight -= 1;
    },
    inFlight: () => inFlight,
    nextAt: (now) => {
      if (inFlight >= limits.maxInFlight) return null;
      return bucket === null ? now : bucket.nextAt(now);
    },
    change: (now, next) => {
      if (next.ratePerSecond !== limits.ratePerSecond) bucket = bucketOf(next, now);
      limits = next;
    },
  };
}

function bucketOf({ ratePerSecond }: PaceLimits, startedAt: number): TokenBucket | null {
  return ratePerSecond === null ? null : makeTokenBucket(ratePerSecond, startedAt);
}
