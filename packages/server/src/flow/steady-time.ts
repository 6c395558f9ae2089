/** Where time comes from. */
export interface TimeSources {
  /** The wall clock, ms since the epoch: it can be set. */
  wallMs(): number;
  /** Never goes back, and stands still while the machine sleeps. */
  monotonicMs(): number;
  /** Time since the machine was booted, sleep included, in seconds. */
  uptimeSeconds(): number;
}

/** How often the wall clock is looked at. */
const CHECK_MS = 1_000;
/** Differences up to this are ordinary drift and followed at once. */
const DRIFT_MS = 50;
/** A difference is explained by sleep if it is as long as the sleep, to this. */
const EXPLAINED_MS = 2_000;
/** Anything else was set by somebody: it is followed by this share of the time that passes, so that nothing falls due at once, or twice. */
const SLEW = 0.05;

/** Time that follows the wall clock but does not jump with it. */
export function makeSteadyTime({ wallMs, monotonicMs, uptimeSeconds }: TimeSources): () => number {
  let base = wallMs() - monotonicMs();
  let checkedAt = monotonicMs();
  let asleep = uptimeSeconds() * 1_000 - checkedAt;

  function check(at: number): void {
    const passed = at - checkedAt;
    checkedAt = at;
    const difference = wallMs() - (base + at);
    const asleepNow = uptimeSeconds() * 1_000 - at;
    const slept = asleepNow - asleep;
    asleep = asleepNow;
    const isExplained = slept > EXPLAINED_MS && Math.abs(difference - slept) <= EXPLAINED_MS;
    if (Math.abs(difference) <= DRIFT_MS || isExplained) base += difference;
    else base += Math.sign(difference) * Math.min(Math.abs(difference), passed * SLEW);
  }

  return () => {
    const at = monotonicMs();
    if (at - checkedAt >= CHECK_MS) check(at);
    return Math.floor(base + at);
  };
}
