import { setTimeout as delay } from "node:timers/promises";

const EVERY_MS = 20;
const MOST_SHOWN = 1_000;

/** Looks again and again until what it sees holds, and gives it; fails with the last sight after `ms`. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  ms = 30_000,
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > until) {
      const sight = (JSON.stringify(seen) ?? "nothing").slice(0, MOST_SHOWN);
      throw new Error(`It did not come about within ${ms} ms; last seen: ${sight}`);
    }
    await delay(EVERY_MS);
  }
}
