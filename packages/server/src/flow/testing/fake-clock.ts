import type { Clock } from "../clock.ts";

export interface FakeClock extends Clock {
  /** Moves time on and runs what falls due on the way, each with everything it sets off. */
  advance(ms: number): Promise<void>;
  /** Moves time on as over a sleep of the machine: what fell due meanwhile runs once, afterwards. */
  leap(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is moved. `soon` is the real one: turns of the event loop are no matter of time. */
export function makeFakeClock(startAt = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsed = 0;
  const timers = new Set<Timer>();
  const firstDue = (until: number) => {
    const due = [...timers].filter(({ at }) => at <= until);
    return due.sort((a, b) => a.at - b.at)[0];
  };
  const advance = async (ms: number) => {
    const until = elapsed + ms;
    await settle();
    for (let timer = firstDue(until); timer !== undefined; timer = firstDue(until)) {
      timers.delete(timer);
      elapsed = Math.max(elapsed, timer.at);
      timer.run();
      await settle();
    }
    elapsed = Math.max(elapsed, until);
    await settle();
  };
  return {
    now: () => startAt + elapsed,
    monotonic: () => elapsed,
    after(ms, run) {
      const timer = { at: elapsed + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    soon: (run) => {
      setImmediate(run);
    },
    advance,
    async leap(ms) {
      elapsed += ms;
      await advance(0);
    },
  };
}

/** Lets everything run that is ready to. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
