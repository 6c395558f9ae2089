import { setTimeout as delay } from "node:timers/promises";

const PAUSE_MS = 10;
const LONGEST_MS = 10_000;

/** Asks again and again until the answer is as wished; for what happens in the background and tells nobody. */
export async function eventually<T>(ask: () => Promise<T>, isWished: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + LONGEST_MS; ; await delay(PAUSE_MS)) {
    const answer = await ask();
    if (isWished(answer)) return answer;
    if (Date.now() > end) throw new Error(`It never came about: ${JSON.stringify(answer)}`);
  }
}
