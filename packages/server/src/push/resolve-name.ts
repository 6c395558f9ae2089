import { makeRecentMap } from "../seal/recent-map.ts";
import type { Lookup } from "./guard-address.ts";

type Callback = Parameters<Lookup>[2];

export interface ResolverOptions {
  /** Asks the system; `dns.lookup`. */
  readonly lookup: Lookup;
  /** Monotonic ms. */
  readonly now: () => number;
  /** A name answered within this is a quick one. */
  readonly quickMs: number;
  /** So many names that are not known to be quick are asked at once. */
  readonly slowAtOnce: number;
  /** A name that waited longer than this for its turn is not asked any more. */
  readonly waitMs: number;
}

/** Names remembered as quick. */
const QUICK_NAMES = 20_000;

/**
 * Asks for names so that slow ones do not hold up the others. The system resolves with half of Node's thread pool, two threads unless UV_THREADPOOL_SIZE says otherwise, and a question cannot be taken
 * back: a handful of names whose servers do not answer would keep every endpoint from being found. So only names that were quick the last time are always asked at once; all others take turns. Questions for
 * one name at one time are asked once.
 */
export function makeResolver(options: ResolverOptions): Lookup {
  const { lookup, now, quickMs, slowAtOnce, waitMs } = options;
  const waiting = new Map<string, Callback[]>();
  const quickNames = makeRecentMap<true>(2 * QUICK_NAMES);
  const queue: { readonly hostname: string; readonly since: number }[] = [];
  let slowRunning = 0;

  function answer(hostname: string, ...result: Parameters<Callback>): void {
    const callbacks = waiting.get(hostname) ?? [];
    waiting.delete(hostname);
    for (const callback of callbacks) callback(...result);
  }

  function ask(hostname: string, done: () => void): void {
    const askedAt = now();
    lookup(hostname, { all: true }, (error, addresses) => {
      if (now() - askedAt <= quickMs && error === null) quickNames.set(hostname, true);
      else quickNames.delete(hostname);
      done();
      answer(hostname, error, addresses);
    });
  }

  function askNextSlow(): void {
    while (slowRunning < slowAtOnce) {
      const next = queue.shift();
      if (next === undefined) return;
      if (now() - next.since > waitMs) {
        answer(next.hostname, Object.assign(new Error("resolver busy"), { code: "EAI_AGAIN" }), []);
        continue;
      }
      slowRunning += 1;
      ask(next.hostname, () => {
        slowRunning -= 1;
        askNextSlow();
      });
    }
  }

  return (hostname, _options, callback) => {
    const others = waiting.get(hostname);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    waiting.set(hostname, [callback]);
    if (quickNames.get(hostname) === true) return ask(hostname, () => {});
    queue.push({ hostname, since: now() });
    askNextSlow();
  };
}
