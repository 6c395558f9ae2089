import { TriggersError } from "../domain/errors.ts";
import type { Store } from "../store/store.ts";

/** More than this between this node's time and its store's is no drift: one of the clocks was set, and nobody knows which. */
const MOST_APART_MS = 5_000;

/** The store's time, as this node knows it. */
export interface StoreTime {
  /** The wall clock, moved by what it was apart from the store's at the last measurement. */
  wallMs(): number;
  /** To be done each minute. */
  measure(): Promise<void>;
  /** Throws (`storage_unavailable`) while `now`, by which this node acts, is too far from the store's time. */
  check(now: number): void;
}

/** Several nodes agree on the store's time. A store that one process has to itself has no other than the process's. */
export async function makeStoreTime({
  store,
  wallMs,
}: {
  readonly store: Pick<Store, "clockOffsetMs" | "matchDelayMs">;
  readonly wallMs: () => number;
}): Promise<StoreTime> {
  const isShared = store.matchDelayMs > 0;
  let offsetMs = await store.clockOffsetMs(wallMs);
  return {
    wallMs: () => wallMs() + offsetMs,
    async measure() {
      if (isShared) offsetMs = await store.clockOffsetMs(wallMs);
    },
    check(now) {
      const apartMs = Math.abs(wallMs() + offsetMs - now);
      if (!isShared || apartMs <= MOST_APART_MS) return;
      throw new TriggersError(
        "storage_unavailable",
        `This node's time is ${Math.round(apartMs / 1_000)} s from the store's; it comes closer by itself. See that the clocks of both are kept by NTP.`,
      );
    },
  };
}
