import { makeLocalWakeups } from "../../wakeups/local-wakeups.ts";
import type { Wakeups } from "../../wakeups/wakeups.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** Carries wake-ups from one machine to the others: late, or not at all. */
export interface WakeupBus {
  connect(machine: Machine): Wakeups;
}

const LATEST_MS = 50;

/** `reach`: the chance that another machine hears of a wake-up. */
export function makeWakeupBus({ random }: World, reach: number): WakeupBus {
  const listening = new Map<Machine, Wakeups>();
  return {
    connect(machine) {
      const own = makeLocalWakeups();
      listening.set(machine, own);
      return {
        ...own,
        wake(topic) {
          own.wake(topic);
          if (reach === 0) return;
          for (const [other, wakeups] of listening)
            if (other !== machine && random.chance(reach))
              other.post(random.between(0, LATEST_MS), () => wakeups.wake(topic));
        },
      };
    },
  };
}
