import type { PlanRef } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { Clock } from "./clock.ts";

const STEP = 250;
const SWEEP_PLANS = 50;

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly onError: (error: unknown) => void;
}

/** Makes the deliveries of wide fan-outs after their commit. */
export interface ExpandPlans {
  /** Expands the plan of an event that was just committed. */
  soon(plan: PlanRef): void;
  /** Expands whatever a crash or another node left. */
  sweep(): Promise<void>;
  /** Resolves when the plan under way is expanded; takes no other. */
  close(): Promise<void>;
}

export function makeExpandPlans(parts: Parts): ExpandPlans {
  const waiting: PlanRef[] = [];
  let running: Promise<void> | null = null;
  let isClosed = false;
  const run = async () => {
    for (let plan = waiting.shift(); plan !== undefined && !isClosed; plan = waiting.shift())
      await expand(parts, plan);
  };
  const start = () => {
    running ??= run()
      .catch(parts.onError)
      .finally(() => {
        running = null;
      });
    return running;
  };
  return {
    soon(plan) {
      waiting.push(plan);
      if (running === null) parts.clock.soon(() => void start());
    },
    async sweep() {
      for (;;) {
        const plans = await parts.store.listPlans(SWEEP_PLANS);
        for (const plan of plans) await expand(parts, plan);
        if (plans.length < SWEEP_PLANS || isClosed) return;
      }
    },
    async close() {
      isClosed = true;
      await running;
    },
  };
}

/** Expands one plan; an earlier event of the same ordering key goes before it. */
async function expand(parts: Parts, plan: PlanRef): Promise<void> {
  for (;;) {
    const outcome = await parts.store.expandPlan({ ...plan, limit: STEP, now: parts.clock.now() });
    if (outcome.outcome === "behind") {
      await expand(parts, { projectId: plan.projectId, eventId: outcome.eventId });
      continue;
    }
    if (outcome.outcome === "no_plan") return;
    for (const subscriptionId of outcome.subscriptionIds) parts.wakeups.wake(deliveryTopic(subscriptionId));
    if (outcome.isComplete) return;
    await new Promise<void>((resolve) => parts.clock.soon(resolve));
  }
}
