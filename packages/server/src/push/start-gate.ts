import type { Clock } from "../flow/clock.ts";
import type { Health } from "./breaker.ts";
import { makeWaitingLine } from "./waiting-line.ts";

/** Requests that are begun before whatever else is ready gets its turn. */
const MOST_AT_ONCE = 4;

/** Spreads the beginning of many requests over turns of the event loop, so that posts that come in meanwhile do not wait for all of them. */
export interface StartGate {
  /** Resolves when the request may begin. `health`: of its endpoint. */
  pass(health: Health): Promise<void>;
}

export function makeStartGate(clock: Pick<Clock, "soon">): StartGate {
  const waiting = makeWaitingLine<() => void>();
  let begun = 0;

  function nextTurn(): void {
    for (begun = 0; begun < MOST_AT_ONCE; begun += 1) {
      const begin = waiting.next();
      if (begin === undefined) break;
      begin();
    }
    if (begun > 0) clock.soon(nextTurn);
  }

  return {
    async pass(health) {
      if (begun === 0) clock.soon(nextTurn);
      if (begun < MOST_AT_ONCE) begun += 1;
      else await new Promise<void>((resolve) => waiting.add(resolve, health));
    },
  };
}
