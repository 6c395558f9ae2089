import type { Topic, Wakeups } from "../wakeups/wakeups.ts";
import type { Clock } from "./clock.ts";

/** Hears the wake-ups of a topic from its opening on, also those between two waits: none is lost while its owner looks at the store. */
export interface Bell {
  /** Resolves at a wake-up since the last wait, after `ms`, or when `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function openBell(wakeups: Wakeups, clock: Clock, topic: Topic): Bell {
  let hasRung = false;
  let answer: (() => void) | null = null;
  const stopListening = wakeups.listen(topic, () => {
    hasRung = true;
    answer?.();
  });
  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!hasRung && !signal.aborted && ms > 0) {
      await new Promise<void>((resolve) => {
        const cancelTimer = clock.after(ms, resolve);
        answer = () => {
          cancelTimer();
          resolve();
        };
        signal.addEventListener("abort", answer, { once: true });
      });
      if (answer !== null) signal.removeEventListener("abort", answer);
      answer = null;
    }
    hasRung = false;
  }
  return { wait, close: stopListening };
}
