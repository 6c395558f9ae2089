import type { Clock, Randomness } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { Store } from "../store/store.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { DeliverWebhook } from "./deliver-webhook.ts";
import type { OwnEndpoints } from "./own-endpoints.ts";
import type { PushTargets } from "./push-targets.ts";

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
  /** Subscriptions that may have something due. */
  readonly ready: Set<string>;
  /** When others will be looked at again. */
  readonly timers: Map<string, () => void>;
  /** Where the next round of looking begins. */
  lookedAt: number;
  /** Requests under way or about to begin, over all endpoints. */
  running: number;
  isPumping: boolean;
  isStopped: boolean;
  /** Serves the ready ones soon. */
  pump(): void;
}

/** Requests over all endpoints that one process keeps open. */
export const MOST_RUNNING = 2_000;

/** Something of this subscription may be due, or a slot is free. */
export function makeReady(loop: Loop, id: string): void {
  loop.ready.add(id);
  loop.pump();
}
