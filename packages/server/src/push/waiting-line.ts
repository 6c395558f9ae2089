import type { Health } from "./breaker.ts";

/** What waits for its turn, each item once. */
export interface WaitingLine<T> {
  /** An item that waits already keeps its place. */
  readonly add: (item: T, health: Health) => void;
  /** Takes out whoever is next. */
  readonly next: () => T | undefined;
}

/** Of so many turns one is for the endpoints that have not answered well, so that they too have theirs. */
const OTHERS_EVERY = 4;

/** What belongs to endpoints that answered their last request well goes first: the others may be many. */
export function makeWaitingLine<T>(): WaitingLine<T> {
  const well = new Set<T>();
  const others = new Set<T>();
  let turn = 0;

  function takeFrom(line: Set<T>): T | undefined {
    const [first] = line;
    if (first !== undefined) line.delete(first);
    return first;
  }

  return {
    add(item, health) {
      if (well.has(item) || others.has(item)) return;
      (health === "well" ? well : others).add(item);
    },
    next() {
      turn = (turn + 1) % OTHERS_EVERY;
      const [first, second] = turn === 0 ? [others, well] : [well, others];
      return takeFrom(first) ?? takeFrom(second);
    },
  };
}
