import { type BreakerState, type Health, LONGEST_PAUSE_MS, makeBreaker } from "./breaker.ts";
import { makeRequestWindow } from "./request-window.ts";
import { makeTokenBucket } from "./token-bucket.ts";

/** Slots for requests that may begin now. A probe is always alone. */
export interface Grant {
  readonly count: number;
  readonly isProbe: boolean;
}

/** How a request ended. */
export interface RequestEnd {
  readonly health: Health;
  /** Of the grant it began under. */
  readonly isProbe: boolean;
  /** How long an endpoint that is ill asked to be left alone. */
  readonly retryAfterMs: number | null;
}

/** What all subscriptions of one target URL share. Times are monotonic ms. Each slot taken is given back or ended once. */
export interface EndpointPace {
  take(now: number, wanted: number): Grant;
  /** Slots whose requests did not begin. */
  giveBack(now: number, grant: Grant): void;
  /** A request that began is over. */
  end(now: number, request: RequestEnd): void;
  /** From when on there may be a slot; null: not before a request ends. */
  nextAt(now: number): number | null;
  state(now: number): BreakerState;
  /** What the last request told of it. */
  health(): Health;
  inFlight(): number;
  /** How many more its window has room for, whatever breaker and rate say. */
  room(): number;
}

export const NO_GRANT: Grant = { count: 0, isProbe: false };

/** What is known of hosts: requests in any second to one of their URLs. Zapier answers 429 beyond. */
const RATES_OF_HOSTS: ReadonlyMap<string, number> = new Map([["hooks.zapier.com", 25]]);

/**
 * Holds the window and the breaker of a target URL, the built-in rate of its host, and the time it asked to be left alone with 429 or 503 and `Retry-After` (up to 60 s: then one request looks again). Waiting costs no attempts.
 */
export function paceEndpoint(url: string, startedAt: number, random: () => number): EndpointPace {
  const rate = RATES_OF_HOSTS.get(new URL(url).hostname.replace(/\.$/, ""));
  const bucket = rate === undefined ? null : makeTokenBucket(rate, startedAt);
  const breaker = makeBreaker(random);
  const window = makeRequestWindow();
  let health: Health = "unknown";
  let restsUntil = Number.NEGATIVE_INFINITY;

  function take(now: number, wanted: number): Grant {
    if (now < restsUntil) return NO_GRANT;
    const isProbe = breaker.state(now) === "half_open";
    const room = Math.min(wanted, breaker.room(now), window.room());
    const count = bucket === null ? room : bucket.take(now, room);
    if (count === 0) return NO_GRANT;
    window.begin(count);
    if (isProbe) breaker.beginProbe();
    return { count, isProbe };
  }

  return {
    take,
    giveBack: (now, { count, isProbe }) => {
      bucket?.giveBack(now, count);
      window.giveBack(count);
      if (isProbe) breaker.end(now, { health: "unknown", isProbe });
    },
    end: (now, request) => {
      breaker.end(now, request);
      window.end(request.health);
      if (request.health !== "unknown") health = request.health;
      if (request.health === "ill" && request.retryAfterMs !== null)
        restsUntil = Math.max(restsUntil, now + Math.min(request.retryAfterMs, LONGEST_PAUSE_MS));
    },
    nextAt: (now) => {
      const at = Math.max(now, restsUntil, breaker.probeAt() ?? now);
      if (breaker.room(at) === 0 || window.room() === 0) return null;
      return bucket === null ? at : Math.max(at, bucket.nextAt(now));
    },
    state: (now) => breaker.state(now),
    health: () => health,
    inFlight: () => window.open(),
    room: () => window.room(),
  };
}
