/** What an endpoint seemed to be like: it works, it does not, or nothing can be said. */
export type Health = "well" | "ill" | "unknown";

export type BreakerState = "closed" | "open" | "half_open";

/** Stops sending to an endpoint that does not work, and looks now and then whether it does again. Times are monotonic ms. */
export interface Breaker {
  state(now: number): BreakerState;
  /** How many requests may begin now: any number, the probe of a half-open one, or none. */
  room(now: number): number;
  /** The probe begins. */
  beginProbe(): void;
  /** A request is over, `unknown` also if it never began. */
  end(now: number, request: { readonly health: Health; readonly isProbe: boolean }): void;
  /** When it lets a probe go; null while it is closed. */
  probeAt(): number | null;
}

/** Failures one after the other, without a success in between, until it opens. One that fails one time in five at random gets there once in ten million requests. */
export const FAILURES_TO_OPEN = 10;
/** Open so long the first time, twice as long after each failed probe, up to the longest. */
export const FIRST_PAUSE_MS = 5_000;
export const LONGEST_PAUSE_MS = 60_000;
/** So that endpoints that fell together are not probed together. */
const JITTER = 0.2;

/** A closed breaker. `random()` gives numbers in [0, 1). */
export function makeBreaker(random: () => number): Breaker {
  let failures = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let openUntil: number | null = null;
  let isProbing = false;

  function state(now: number): BreakerState {
    if (openUntil === null) return "closed";
    return now < openUntil ? "open" : "half_open";
  }

  function open(now: number): void {
    openUntil = now + pauseMs * (1 - JITTER + 2 * JITTER * random());
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }

  function close(): void {
    failures = 0;
    pauseMs = FIRST_PAUSE_MS;
    openUntil = null;
  }

  return {
    state,
    room: (now) => {
      const current = state(now);
      if (current === "closed") return Number.POSITIVE_INFINITY;
      return current === "half_open" && !isProbing ? 1 : 0;
    },
    beginProbe: () => {
      isProbing = true;
    },
    end: (now, { health, isProbe }) => {
      if (isProbe) isProbing = false;
      if (health === "unknown") return;
      if (health === "well") return close();
      failures += 1;
      // Requests that began before it opened say nothing new when they fail.
      if (isProbe || (openUntil === null && failures >= FAILURES_TO_OPEN)) open(now);
    },
    probeAt: () => openUntil,
  };
}
