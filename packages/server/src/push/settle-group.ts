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

interface Parts {
  readonly store: Pick<Store, "settleDeliveries">;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export function makeSettleGroup(parts: Parts): SettleGroup {
  const { clock } = parts;
  const queues = new Map<string, Waiting[]>();
  const drained: (() => void)[] = [];
  let isBusy = false;

  async function flush(): Promise<void> {
    const batch = [...queues];
    queues.clear();
    const left = await Promise.all(batch.map(([projectId, waiting]) => settleAll(parts, projectId, waiting)));
    for (const [index, [projectId]] of batch.entries()) queue(projectId, left[index] ?? []);
    if (left.some((waiting) => waiting.length > 0)) clock.after(RETRY_MS, () => void flush());
    else if (queues.size > 0) clock.soon(() => void flush());
    else finish();
  }

  function queue(projectId: string, waiting: readonly Waiting[]): void {
    if (waiting.length > 0) queues.set(projectId, [...(queues.get(projectId) ?? []), ...waiting]);
  }

  function finish(): void {
    isBusy = false;
    for (const resolve of drained.splice(0)) resolve();
  }

  return {
    settle(projectId, request, giveUpAt) {
      return new Promise((resolve) => {
        const waiting = queues.get(projectId);
        const one = { request, giveUpAt, resolve };
        if (waiting === undefined) queues.set(projectId, [one]);
        else waiting.push(one);
        if (isBusy) return;
        isBusy = true;
        clock.soon(() => void flush());
      });
    },
    drain: () => (isBusy ? new Promise((resolve) => drained.push(resolve)) : Promise.resolve()),
  };
}

/** Gives what is to be tried again: the store did not answer, and the leases still run. */
async function settleAll(
  { store, clock, onError }: Parts,
  projectId: string,
  waiting: readonly Waiting[],
): Promise<readonly Waiting[]> {
  for (let from = 0; from < waiting.length; from += GROUP) {
    const group = waiting.slice(from, from + GROUP);
    try {
      const settles = group.map(({ request }) => request);
      const outcomes = await store.settleDeliveries({ projectId, now: clock.now(), settles });
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] ?? null);
    } catch (error) {
      onError(error);
      return keepRunning(waiting.slice(from), clock.now());
    }
  }
  return [];
}

function keepRunning(waiting: readonly Waiting[], now: number): readonly Waiting[] {
  for (const { giveUpAt, resolve } of waiting) if (giveUpAt <= now) resolve(null);
  return waiting.filter(({ giveUpAt }) => giveUpAt > now);
}
