import type { Clock } from "../flow/clock.ts";
import type { SettleOutcome, SettleRequest } from "../store/delivery-store.ts";
import type { Store } from "../store/store.ts";

/** Settles of one turn go to the store together. */
export interface SettleGroup {
  /** Resolves with what the store says; null: it did not answer until `giveUpAt`, and the lease will run out. */
  settle(projectId: string, request: SettleRequest, giveUpAt: number): Promise<SettleOutcome | null>;
  /** Resolves when nothing is under way. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly request: SettleRequest;
  readonly giveUpAt: number;
  readonly resolve: (outcome: SettleOutcome | null) => void;
}

const RETRY_MS = 250;
const GROUP = 500;

export function makeSettleGroup(parts: {
  readonly store: Pick<Store, "settleDeliveries">;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): SettleGroup {
  const { store, clock, onError } = parts;
  const queues = new Map<string, Waiting[]>();
  const drained: (() => void)[] = [];
  let isBusy = false;

  async function flush(): Promise<void> {
    const batch = [...queues];
    queues.clear();
    const results = await Promise.all(batch.map(([projectId, waiting]) => flushProject(projectId, waiting)));
    const again = results.some((isDone) => !isDone);
    if (queues.size > 0) return again ? void clock.after(RETRY_MS, next) : clock.soon(next);
    isBusy = false;
    for (const resolve of drained.splice(0)) resolve();
  }

  const next = () => void flush();

  async function flushProject(projectId: string, waiting: readonly Waiting[]): Promise<boolean> {
    for (let from = 0; from < waiting.length; from += GROUP) {
      const group = waiting.slice(from, from + GROUP);
      try {
        const settles = group.map(({ request }) => request);
        const outcomes = await store.settleDeliveries({ projectId, now: clock.now(), settles });
        for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] ?? null);
      } catch (error) {
        onError(error);
        keepTrying(projectId, waiting.slice(from));
        return false;
      }
    }
    return true;
  }

  function keepTrying(projectId: string, waiting: readonly Waiting[]): void {
    const now = clock.now();
    for (const one of waiting) {
      if (one.giveUpAt <= now) one.resolve(null);
      else queues.set(projectId, [...(queues.get(projectId) ?? []), one]);
    }
  }

  return {
    settle(projectId, request, giveUpAt) {
      return new Promise((resolve) => {
        const queue = queues.get(projectId);
        const waiting = { request, giveUpAt, resolve };
        if (queue === undefined) queues.set(projectId, [waiting]);
        else queue.push(waiting);
        if (isBusy) return;
        isBusy = true;
        clock.soon(next);
      });
    },
    drain: () => (isBusy ? new Promise((resolve) => drained.push(resolve)) : Promise.resolve()),
  };
}
