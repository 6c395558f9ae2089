import type { Patience } from "./connection.ts";
import { watchServer } from "./watch-server.ts";

/** Retries of a long work come this often, so that it goes on soon after a restart. */
const LONGEST_RETRY_MS = 2_000;

/** For a long work: it goes on when the server comes back within so many seconds. */
export function waitForServer(seconds: number, say: (words: string | null) => void): Patience {
  const fetch = watchServer({
    onAway: () => say(`the server is away, waiting up to ${seconds} s for it`),
    onBack: () => say(null),
  });
  return {
    fetch,
    timeoutMs: seconds * 1_000,
    maxRetries: Number.POSITIVE_INFINITY,
    longestRetryMs: LONGEST_RETRY_MS,
  };
}

/** Before a long work begins, nothing is waited for: a wrong address or key shows at once. */
export const AT_ONCE = { maxRetries: 2, timeoutMs: 10_000 };
