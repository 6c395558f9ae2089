import type { Clock } from "./clock.ts";

/** Work that comes round again. */
export interface Round {
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

export interface Sweep {
  /** Starts no further round; resolves when those under way have ended. */
  close(): Promise<void>;
}

/** Runs each round for itself, the next time so long after its end. A round that fails is told of and comes again. */
export function startSweep(clock: Clock, rounds: readonly Round[], onError: (error: unknown) => void): Sweep {
  const running = new Set<Promise<void>>();
  const timers = new Set<() => void>();
  let isClosed = false;
  const schedule = ({ everyMs, run }: Round) => {
    const cancel = clock.after(everyMs, () => {
      timers.delete(cancel);
      const round = run()
        .then(() => undefined, onError)
        .finally(() => {
          running.delete(round);
          if (!isClosed) schedule({ everyMs, run });
        });
      running.add(round);
    });
    timers.add(cancel);
  };
  for (const round of rounds) schedule(round);
  return {
    async close() {
      isClosed = true;
      for (const cancel of timers) cancel();
      await Promise.all(running);
    },
  };
}
