import { makeRandom, type Random } from "./random.ts";
import { makeScheduler, type Scheduler } from "./scheduler.ts";
import { makeTrace, type Trace } from "./trace.ts";

/** What must hold in every run. */
export type Invariant =
  | "what was acknowledged exists"
  | "one event per idempotency key"
  | "one holder per delivery"
  | "a settle is final"
  | "order per key"
  | "attempts are counted"
  | "nothing goes out after a pause or delete"
  | "one owner per endpoint"
  | "every event has exactly its deliveries"
  | "the feed has no gap"
  | "a quiet project is served"
  | "everything comes to an end"
  | "nothing breaks";

export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

/** One run. */
export interface World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  /** An invariant does not hold: the run ends. The first one counts. */
  fail(invariant: Invariant, detail: string): void;
  /** Something threw that must not. */
  failWith(error: unknown): void;
  violation(): Violation | null;
  sleep(ms: number): Promise<void>;
}

export function makeWorld(seed: number, isTold: boolean): World {
  const random = makeRandom(seed);
  const scheduler = makeScheduler(random);
  const trace = makeTrace(scheduler.now, isTold);
  let violation: Violation | null = null;
  const fail = (invariant: Invariant, detail: string) => {
    if (violation !== null) return;
    violation = { invariant, detail };
    trace.note(`VIOLATION ${invariant}: ${detail}`);
  };
  return {
    ...{ random, scheduler, trace, fail },
    failWith: (error) => fail("nothing breaks", error instanceof Error ? (error.stack ?? "") : String(error)),
    violation: () => violation,
    sleep: (ms) => new Promise((resolve) => scheduler.after(ms, resolve)),
  };
}

/** Time zero of every run, in ms since the epoch. */
export const EPOCH = Date.UTC(2026, 0, 1);
