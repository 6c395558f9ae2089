import { unavailable } from "./translate-errors.ts";

/** How long what is asked of the server may take. */
export interface Limit {
  /** Called when a connection is there. Throws (503) when that came too late. */
  begin(): void;
  /** For the next statement. */
  nextMs(): number;
  /** The server is told, too: it is longer than what it gives a request. */
  readonly isGranted: boolean;
}

/**
 * A request is given up after this, whatever it waited for: a connection, a lock, the disk. Each alone may take nearly as long. With the grace of a doubt it is
 * answered within 2 s.
 */
export const REQUEST_MS = 1_750;
/** With less left nothing is begun: it would be given up in the middle, and its connection with it. */
const LEAST_MS = 100;
const SWEEP_MS = 30_000;

/** For all that a request asks at once, from now on. */
export function requestLimit(): Limit {
  const end = performance.now() + REQUEST_MS;
  const leftMs = () => Math.ceil(end - performance.now());
  return {
    isGranted: false,
    nextMs: () => Math.max(1, leftMs()),
    begin() {
      if (leftMs() < LEAST_MS) throw unavailable();
    },
  };
}

/** For each statement of a sweep. */
export const SWEEP_LIMIT: Limit = { isGranted: true, nextMs: () => SWEEP_MS, begin: () => undefined };
