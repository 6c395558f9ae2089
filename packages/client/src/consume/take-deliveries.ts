import { pause } from "../connection/deadline.ts";
import { type Backoff, mayRetry, retryDelay } from "../connection/retry.ts";
import { TriggersError } from "../connection/triggers-error.ts";
import type { LeasedDelivery } from "../json/event.ts";
import type { LeaseWish } from "../resources/held.ts";
import type { ConsumerCalls } from "./consumer-calls.ts";

/** Leases up to so many deliveries, after as much patience as it takes. Empty: none came in time, or it is to stop. Rejects if the server refuses. */
export type TakeDeliveries = (room: number) => Promise<readonly LeasedDelivery[]>;

interface Taking {
  readonly calls: Pick<ConsumerCalls, "lease">;
  readonly backoff: Backoff;
  readonly wish: Omit<LeaseWish, "limit"> & { readonly wait_seconds: number };
  /** Aborted: to stop. */
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** A lease that is so young when it is to stop may be handing something over: its answer is awaited, up to this age. */
const YOUNG_MS = 500;
/** A paused inbox is looked at so often. */
const PAUSED_MS = 2_000;
/** A server that cuts a wait short is asked again after so long. */
const CUT_SHORT_MS = 1_000;

/** For a watcher: a server that cannot be reached, or is full, is tried again for ever. */
export function makeTakePatiently({ calls, backoff, wish, signal, onError }: Taking): TakeDeliveries {
  let failures = 0;
  const rest = (ms: number): Promise<void> => pause(ms, signal).catch(() => undefined);

  return async (room) => {
    while (!signal.aborted) {
      const began = performance.now();
      try {
        const leased = await leaseUntil(signal, (ending) =>
          calls.lease({ ...wish, limit: room }, { signal: ending, keepsAnswer: true, maxRetries: 0 }),
        );
        failures = 0;
        const isCutShort = wish.wait_seconds > 0 && performance.now() - began < CUT_SHORT_MS;
        if (leased.length === 0 && isCutShort) await rest(CUT_SHORT_MS);
        return leased;
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof TriggersError)) throw error;
        const isPaused = error.code === "inbox_paused";
        if (!isPaused && !mayRetry(error, true)) throw error;
        onError(error);
        failures++;
        await rest(isPaused ? PAUSED_MS : retryDelay(backoff, failures, error.retryAfterMs));
      }
    }
    return [];
  };
}

/** For a drain: what the usual attempts cannot reach is an error. */
export function makeTakeNow({ calls, wish, signal }: Taking): TakeDeliveries {
  return async (room) => {
    try {
      return await leaseUntil(signal, (ending) =>
        calls.lease({ ...wish, limit: room, wait_seconds: 0 }, { signal: ending, keepsAnswer: true }),
      );
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  };
}

/** Leases with a signal that follows the given one, but not before the lease is old enough. */
async function leaseUntil<T>(signal: AbortSignal, lease: (ending: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const began = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    const age = performance.now() - began;
    timer = setTimeout(() => controller.abort(signal.reason), Math.max(0, YOUNG_MS - age));
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    return await lease(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}
