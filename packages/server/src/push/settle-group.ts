import type { Clock } from "../flow/clock.ts";
import type { SettleOutcome, SettleRequest } from "../store/delivery-store.ts";
import type { Store } from "../store/store.ts";

/** Settles of a few ms go to the store together. */
export interface SettleGroup {
  /** Resolves with what the store says; null: it did not answer until `giveUpAt`, and the lease will run out. */
  settle(projectId: string, request: SettleRequest, when: SettleTimes): Promise<SettleOutcome | null>;
}

export interface SettleTimes {
  readonly giveUpAt: number;
  /** Something waits for it: the next of its lane. */
  readonly isUrgent: boolean;
}

interface Waiting {
  readonly request: SettleRequest;
  readonly giveUpAt: number;
  readonly resolve: (outcome: SettleOutcome | null) => void;
}

/**
 * So long a settle waits for others. It is nobody's answer, while each transaction holds up those in which events are accepted and leased. A crash meanwhile sends again what arrived in these ms.
 */
const GATHER_MS = 4;
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
  let isBusy = false;
  let stopGathering: (() => void) | null = null;

  async function flush(): Promise<void> {
    isBusy = true;
    const batch = [...queues];
    queues.clear();
    const left = await Promise.all(batch.map(([projectId, waiting]) => settleAll(parts, projectId, waiting)));
    for (const [index, [projectId]] of batch.entries()) queue(projectId, left[index] ?? []);
    if (left.some((waiting) => waiting.length > 0)) clock.after(RETRY_MS, () => void flush());
    else if (queues.size > 0) clock.soon(() => void flush());
    else isBusy = false;
  }

  function queue(projectId: string, waiting: readonly Waiting[]): void {
    if (waiting.length > 0) queues.set(projectId, [...(queues.get(projectId) ?? []), ...waiting]);
  }

  function flushNow(): void {
    stopGathering?.();
    stopGathering = null;
    if (isBusy || queues.size === 0) return;
    isBusy = true;
    clock.soon(() => void flush());
  }

  return {
    settle(projectId, request, { giveUpAt, isUrgent }) {
      return new Promise((resolve) => {
        const waiting = queues.get(projectId);
        const one = { request, giveUpAt, resolve };
        if (waiting === undefined) queues.set(projectId, [one]);
        else waiting.push(one);
        if (isUrgent) flushNow();
        else if (!isBusy) stopGathering ??= clock.after(GATHER_MS, flushNow);
      });
    },
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
