import type { Topic, Wakeups } from "./wakeups.ts";

/** Wake-ups within one process. */
export function makeLocalWakeups(): Wakeups {
  const listeners = new Map<Topic, Set<() => void>>();
  const everywhere = new Set<(topic: Topic) => void>();
  return {
    wake(topic) {
      const waiting = listeners.get(topic);
      if (waiting !== undefined) for (const run of [...waiting]) run();
      for (const run of everywhere) run(topic);
    },
    listen(topic, run) {
      const waiting = listeners.get(topic) ?? new Set();
      listeners.set(topic, waiting.add(run));
      return () => {
        waiting.delete(run);
        if (waiting.size === 0 && listeners.get(topic) === waiting) listeners.delete(topic);
      };
    },
    listenAll(run) {
      everywhere.add(run);
      return () => everywhere.delete(run);
    },
    async close() {
      listeners.clear();
      everywhere.clear();
    },
  };
}
