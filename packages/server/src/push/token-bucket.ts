/** Grants starts at a rate. Times are monotonic ms. */
export interface TokenBucket {
  /** Uses up to `wanted` tokens; gives how many. */
  take(now: number, wanted: number): number;
  /** Returns tokens of starts that did not come about. */
  giveBack(now: number, count: number): void;
  /** When there is a token, if none is taken before. */
  nextAt(now: number): number;
}

/** So much of a second may go at once, at most: timers of 1 ms are too coarse for single steps of a fast rate. */
const BURST_SECONDS = 0.01;

/**
 * At most `ratePerSecond` starts in any second, not only on average: what may go at once is taken off the steady rate. A slow rate has no burst at all; its starts stand 1/rate apart. Empty at `startedAt`, as another process may
 * have used the rate up to then; but the first start is never more than a second away.
 */
export function makeTokenBucket(ratePerSecond: number, startedAt: number): TokenBucket {
  const capacity = Math.max(1, Math.floor(ratePerSecond * BURST_SECONDS));
  const perMs = (ratePerSecond - (capacity - 1)) / 1_000;
  let level = Math.max(0, 1 - perMs * 1_000);
  let filledAt = startedAt;

  function fill(now: number): void {
    if (now <= filledAt) return;
    level = Math.min(capacity, level + (now - filledAt) * perMs);
    filledAt = now;
  }

  /** Sums of small fractions end a hair below the whole. */
  const whole = (): number => Math.floor(level + 1e-6);

  return {
    take: (now, wanted) => {
      fill(now);
      const taken = Math.max(0, Math.min(whole(), wanted));
      level -= taken;
      return taken;
    },
    giveBack: (now, count) => {
      fill(now);
      level = Math.min(capacity, level + count);
    },
    nextAt: (now) => {
      fill(now);
      return whole() >= 1 ? now : filledAt + (1 - level) / perMs;
    },
  };
}
