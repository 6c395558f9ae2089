import { performance } from "node:perf_hooks";

/** How fast this node writes to each of many partitions. */
export interface Heat {
  /** Adds units written to what lies over so many shards; true: the shards are too hot, and this was not said in the last seconds. */
  isTooMuch(name: string, written: { readonly units: number; readonly shards: number }): boolean;
}

export interface HeatLimits {
  /** More than this is too hot for one shard. */
  readonly unitsPerSecond: number;
  readonly windowMs: number;
  /** What was doubled is given time to show. */
  readonly restMs: number;
}

/** A partition takes 1,000 write units a second; other nodes write as well, and leases and settles follow. */
export const HEAT_LIMITS: HeatLimits = { unitsPerSecond: 400, windowMs: 1_000, restMs: 5_000 };

const MOST_NAMES = 10_000;
/** A window that ended longer ago tells nothing of now. */
const LATE_MS = 2_000;

interface Window {
  readonly beganAt: number;
  readonly restsUntil: number;
  units: number;
}

export function makeHeat({ unitsPerSecond, windowMs, restMs }: HeatLimits): Heat {
  const windows = new Map<string, Window>();
  return {
    isTooMuch(name, { units, shards }) {
      const now = performance.now();
      const known = windows.get(name);
      if (known === undefined || now - known.beganAt > windowMs + LATE_MS) {
        if (windows.size >= MOST_NAMES) windows.clear();
        windows.set(name, { beganAt: now, restsUntil: known?.restsUntil ?? 0, units });
        return false;
      }
      known.units += units;
      const elapsed = now - known.beganAt;
      if (elapsed < windowMs) return false;
      const isHot = (known.units * 1_000) / elapsed > unitsPerSecond * shards && now >= known.restsUntil;
      windows.set(name, { beganAt: now, restsUntil: isHot ? now + restMs : known.restsUntil, units: 0 });
      return isHot;
    },
  };
}
