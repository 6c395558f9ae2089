import type { Random } from "./random.ts";

/** Simulated time, in ms since the start of the run. Whatever happens, happens in one of its steps. */
export interface Scheduler {
  now(): number;
  /** Runs `run` as a step of its own after `ms`; of steps due at the same moment the seed chooses. The answer takes it back. */
  after(ms: number, run: () => void): () => void;
  /** Takes one step after another until `isOver()`. */
  run(isOver: () => boolean): Promise<void>;
}

interface Step {
  readonly at: number;
  /** Random: which of the steps due at the same moment goes first. */
  readonly tie: number;
  run: (() => void) | null;
}

export function makeScheduler(random: Random): Scheduler {
  const heap: Step[] = [];
  let now = 0;
  let steps = 0;
  return {
    now: () => now,
    after(ms, run) {
      const step: Step = { at: now + Math.max(0, ms), tie: random.number(), run };
      push(heap, step);
      return () => {
        step.run = null;
      };
    },
    async run(isOver) {
      while (!isOver()) {
        const step = pop(heap);
        if (step === undefined) throw new Error("Nothing is left to happen");
        if (step.run === null) continue;
        now = step.at;
        steps += 1;
        if (steps > MOST_STEPS) throw new Error(`${steps} steps, and no end at ${now} ms`);
        step.run();
        await settle();
      }
    },
  };
}

/** A run takes some thousands; one that takes so many goes round in a circle. */
const MOST_STEPS = 300_000;

/**
 * Resolves when no promise is left to go on. A tick that is asked for from a microtask comes when the microtasks are used up (Node's `processTicksAndRejections`), so
 * a step ends exactly there; `setImmediate` would do as well and cost ten times as much.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function isBefore(a: Step, b: Step): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}

function push(heap: Step[], step: Step): void {
  let at = heap.length;
  heap.push(step);
  while (at > 0) {
    const parent = (at - 1) >>> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(step, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = step;
}

function pop(heap: Step[]): Step | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const child = earlierOf(heap, left);
    const below = heap[child];
    if (below === undefined || !isBefore(below, last)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
  return first;
}

function earlierOf(heap: readonly Step[], left: number): number {
  const [one, other] = [heap[left], heap[left + 1]];
  return one !== undefined && other !== undefined && isBefore(other, one) ? left + 1 : left;
}
