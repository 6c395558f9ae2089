import type { WatchOptions } from "./consume-options.ts";

/** How to consume, with its defaults. */
export interface ConsumeTerms extends WatchOptions {
  readonly concurrency: number;
  readonly lease_seconds: number;
  readonly wait_seconds: number;
  readonly stopTimeoutMs: number;
  /** To end when nothing waits any more. */
  readonly untilEmpty: boolean;
}

export type ConsumeWish = WatchOptions & { readonly untilEmpty: boolean };

/** @throws RangeError for numbers that the server would not take. */
export function readTerms(wish: ConsumeWish): ConsumeTerms {
  const terms = {
    ...wish,
    concurrency: wish.concurrency ?? 10,
    lease_seconds: wish.lease_seconds ?? 60,
    wait_seconds: wish.wait_seconds ?? 20,
    stopTimeoutMs: wish.stopTimeoutMs ?? 30_000,
  };
  check("concurrency", terms.concurrency, { least: 1, most: 1_000 });
  check("lease_seconds", terms.lease_seconds, { least: 1, most: 43_200 });
  check("wait_seconds", terms.wait_seconds, { least: 0, most: 60 });
  return terms;
}

function check(name: string, value: number, range: { readonly least: number; readonly most: number }): void {
  const { least, most } = range;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`\`${name}\` must be a whole number from ${least} to ${most}.`);
}
