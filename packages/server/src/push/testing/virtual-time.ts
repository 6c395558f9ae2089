import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../flow/clock.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
  readonly process: VirtualProcess;
}

/** A process in virtual time. While it is frozen, as by SIGSTOP, nothing of it runs: neither its timers nor what comes of what it waits for. */
export interface VirtualProcess {
  readonly clock: Clock;
  freeze(): void;
  /** What became due meanwhile runs at once. */
  thaw(): void;
  /** The same answer, but not while frozen. */
  hold<T>(answer: Promise<T>): Promise<T>;
}

export interface VirtualTime {
  now(): number;
  makeProcess(): VirtualProcess;
  /** Lets so many ms pass, with everything that happens in them. */
  pass(ms: number): Promise<void>;
}

/** Turns of the event loop without anything to do: then nothing follows any more but with time. */
const QUIET_TURNS = 3;

/** Time that passes only when told to, the same for all processes. */
export function makeVirtualTime(startsAt: number): VirtualTime {
  const timers = new Set<Timer>();
  const frozen = new Set<VirtualProcess>();
  let now = startsAt;
  let busyTurns = 0;

  function fireDue(): boolean {
    const due = [...timers].filter(({ at, process }) => at <= now && !frozen.has(process));
    for (const timer of due.sort((a, b) => a.at - b.at)) if (timers.delete(timer)) timer.run();
    return due.length > 0;
  }

  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await turn();
      if (fireDue() || busyTurns > 0) quiet = 0;
      busyTurns = 0;
    }
  }

  function makeProcess(): VirtualProcess {
    const waiting: (() => void)[] = [];
    const process: VirtualProcess = {
      clock: makeClock({ timers, startsAt, now: () => now }, () => process),
      freeze: () => void frozen.add(process),
      thaw() {
        frozen.delete(process);
        for (const resume of waiting.splice(0)) resume();
      },
      async hold(answer) {
        await Promise.allSettled([answer]);
        busyTurns += 1;
        if (frozen.has(process)) await new Promise<void>((resume) => waiting.push(resume));
        return answer;
      },
    };
    return process;
  }

  return {
    now: () => now,
    makeProcess,
    async pass(ms) {
      const end = now + ms;
      await settle();
      while (now < end) {
        const next = [...timers].filter(({ process }) => !frozen.has(process)).map(({ at }) => at);
        now = Math.max(now, Math.min(end, ...next));
        await settle();
      }
    },
  };
}

interface Times {
  readonly timers: Set<Timer>;
  readonly startsAt: number;
  now(): number;
}

function makeClock({ timers, startsAt, now }: Times, process: () => VirtualProcess): VirtualProcess["clock"] {
  return {
    now,
    monotonic: () => now() - startsAt,
    after(ms, run) {
      const timer = { at: now() + Math.max(0, ms), run, process: process() };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    soon: (run) => void timers.add({ at: now(), run, process: process() }),
  };
}
