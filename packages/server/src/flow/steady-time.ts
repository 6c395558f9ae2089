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
/** A sleep is longer than this, and a jump of the wall clock is explained by it if both are as long, to this. */
const EXPLAINED_MS = 2_000;
/** Anything else was set by somebody: it is followed by this share of the time that passes, so that nothing falls due at once, or twice. */
const SLEW = 0.05;

/** Time that follows the wall clock but does not jump with it. */
export function makeSteadyTime({ wallMs, monotonicMs, uptimeSeconds }: TimeSources): () => number {
  let base = wallMs() - monotonicMs();
  let checkedAt = monotonicMs();
  let asleep = uptimeSeconds() * 1_000 - checkedAt;
  /** What the last check left of the difference. */
  let known = 0;

  function check(at: number): void {
    const passed = at - checkedAt;
    checkedAt = at;
    const difference = wallMs() - (base + at);
    const jump = difference - known;
    const asleepNow = uptimeSeconds() * 1_000 - at;
    const slept = asleepNow - asleep;
    asleep = asleepNow;
    // To the ms by the wall clock, unless that was set meanwhile: the time since boot is known to the second.
    if (slept > EXPLAINED_MS) base += Math.abs(jump - slept) <= EXPLAINED_MS ? jump : slept;
    else if (Math.abs(difference) <= DRIFT_MS) base += difference;
    else base += Math.sign(difference) * Math.min(Math.abs(difference), passed * SLEW);
    known = wallMs() - (base + at);
  }

  return () => {
    const at = monotonicMs();
    // A sleep shows at once: the monotonic clock knows nothing of it.
    if (at - checkedAt >= CHECK_MS || Math.abs(wallMs() - (base + at) - known) > EXPLAINED_MS) check(at);
    return Math.floor(base + at);
  };
}
