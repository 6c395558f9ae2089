// Both count from the same point of the machine's monotonic clock, but for this constant.
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds on the clock that all processes of this machine share. */
export function monotonicMs(): number {
  return performance.now() + offsetMs;
}
