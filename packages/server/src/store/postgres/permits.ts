/** So many may work at once, the others wait for their turn. */
export interface Permits {
  take(): Promise<void>;
  giveBack(): void;
  /** Whoever waits now is refused. */
  refuseWaiting(error: Error): void;
}

export function makePermits(count: number): Permits {
  let free = count;
  let waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  return {
    take() {
      if (free === 0) return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      free -= 1;
      return Promise.resolve();
    },
    giveBack() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next.resolve();
    },
    refuseWaiting(error) {
      const refused = waiting;
      waiting = [];
      for (const { reject } of refused) reject(error);
    },
  };
}
