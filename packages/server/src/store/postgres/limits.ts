import { unavailable } from "./translate-errors.ts";

/** How long the statements of a transaction may take. */
export interface Limit {
  /** For the next one. */
  nextMs(): number;
  /** The server is told, too: it is longer than what it gives a request. */
  readonly isGranted: boolean;
}

/**
 * A request is given up after this, whatever it waited for: a connection, a lock, the disk. Each alone may take nearly as long. With the grace of a doubt it is
 * answered within 2 s.
 */
const REQUEST_MS = 1_750;
/** With less left nothing is begun: it would be given up in the middle, and its connection with it. */
const LEAST_MS = 100;

/** For all of a request's transaction, from now on, its wait for a connection included. Throws (503) when it is to begin too late. */
export function requestLimit(): Limit & { begin(): void } {
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
export const SWEEP_LIMIT: Limit = { isGranted: true, nextMs: () => 30_000 };
