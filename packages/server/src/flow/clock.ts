/** Time and turns as the product sees them. Everything below the entrances takes them from here, so that they can be simulated. */
export interface Clock {
  /** The store's time: ms since the epoch, corrected by the offset that was measured. */
  now(): number;
  /** Ms that never go back and know no wall clock; for timers and durations. */
  monotonic(): number;
  /** Runs `run` once after `ms`; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
  /** Runs `run` when everything that is ready to be read now has been read. */
  soon(run: () => void): void;
}

/** Random numbers in [0, 1) and random bytes. */
export interface Randomness {
  number(): number;
  bytes(length: number): Uint8Array;
}
