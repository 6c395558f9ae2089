import type { Clock } from "../flow/clock.ts";
import type { Health } from "./breaker.ts";

/** Of those whose endpoints answer well so many are served before whatever else is ready gets its turn. */
const MOST_AT_ONCE = 4;
/**
 * Between two others. They may be many at once, and each costs a lease, a connection and a settle: served as fast as possible they hold up whoever else has something to do
 * (docs/decisions/0008-what-a-healthy-endpoint-waits-for.md).
 */
const OTHERS_APART_MS = 1;

/** Subscriptions that may have something due, each once, on their way to being served. */
export interface ReadyLines {
  /** One that waits already keeps its place, but for an endpoint that answers well by now. `health`: of its endpoint. */
  add(subscriptionId: string, health: Health): void;
  /** Who could not be served may be able to now. */
  pump(): void;
}

interface Parts {
  readonly clock: Pick<Clock, "soon" | "after">;
  readonly hasRoom: () => boolean;
  /** False: it keeps its place until the next pump. */
  readonly mayGo: (subscriptionId: string) => boolean;
  readonly serve: (subscriptionId: string) => void;
  readonly afterTurn: () => void;
}

export function makeReadyLines(parts: Parts): ReadyLines {
  const { clock } = parts;
  const well = makeLine(parts, { mostAtOnce: MOST_AT_ONCE, later: clock.soon });
  const others = makeLine(parts, {
    mostAtOnce: 1,
    later: (run) => void clock.after(OTHERS_APART_MS, run),
  });
  return {
    add(id, health) {
      if (health === "well") {
        others.ids.delete(id);
        well.ids.add(id);
        well.pump();
      } else if (!well.ids.has(id)) {
        others.ids.add(id);
        others.pump();
      }
    },
    pump() {
      well.pump();
      others.pump();
    },
  };
}

interface Turns {
  readonly mostAtOnce: number;
  /** Runs the next turn. */
  readonly later: (run: () => void) => void;
}

function makeLine({ hasRoom, mayGo, serve, afterTurn }: Parts, { mostAtOnce, later }: Turns) {
  const ids = new Set<string>();
  let isTurnDue = false;

  function turn(): void {
    isTurnDue = false;
    let served = 0;
    for (const id of ids) {
      if (served === mostAtOnce || !hasRoom()) break;
      if (!mayGo(id)) continue;
      ids.delete(id);
      serve(id);
      served += 1;
    }
    if (served === mostAtOnce) pump();
    afterTurn();
  }

  function pump(): void {
    if (isTurnDue || ids.size === 0) return;
    isTurnDue = true;
    later(turn);
  }

  return { ids, pump };
}
