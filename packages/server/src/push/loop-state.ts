import type { Clock, Randomness } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { Store } from "../store/store.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { DeliverWebhook } from "./deliver-webhook.ts";
import type { OpenSlots } from "./open-slots.ts";
import type { OwnEndpoints } from "./own-endpoints.ts";
import type { PushTargets } from "./push-targets.ts";
import type { ReadyLines } from "./ready-lines.ts";

/** What the push loop stands on. */
export interface LoopParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly wakeups: Wakeups;
  readonly flow: PushFlow;
  readonly onError: (error: unknown) => void;
}

/** The loop at work. */
export interface Loop {
  readonly parts: LoopParts;
  readonly own: OwnEndpoints;
  readonly targets: PushTargets;
  readonly deliver: DeliverWebhook;
  readonly slots: OpenSlots;
  readonly ready: ReadyLines;
  /** Those that are being leased for. */
  readonly leasing: Set<string>;
  /** Leased deliveries under way, until they are settled. */
  readonly delivering: Set<Promise<void>>;
  /** Those that have more to send than they may have in flight. */
  readonly full: Set<string>;
  /** When others will be looked at again. */
  readonly timers: Map<string, () => void>;
  /** Where the next round of looking begins. */
  lookedAt: number;
  /** When all subscriptions were read, on the monotonic clock. */
  readAt: number;
  isStopped: boolean;
}

/** Something of this subscription may be due, or a slot is free. */
export function makeReady(loop: Loop, id: string): void {
  loop.ready.add(id, loop.targets.get(id)?.endpoint.pace.health() ?? "unknown");
}

/** A later time is looked at again on the way: timers of the platform end after 24 days. */
const LONGEST_TIMER_MS = 3_600_000;

/** Makes a subscription ready after a time, whatever time was set before. */
export function lookAgain(loop: Loop, id: string, inMs: number): void {
  const { timers, parts } = loop;
  timers.get(id)?.();
  timers.delete(id);
  if (loop.isStopped) return;
  const cancel = parts.clock.after(Math.min(inMs, LONGEST_TIMER_MS), () => {
    timers.delete(id);
    makeReady(loop, id);
  });
  timers.set(id, cancel);
}
