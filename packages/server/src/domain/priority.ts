/** How urgent an event is. Of what is due, high goes before normal before low. */
export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Number of ranks: each priority has one for first attempts and one, right behind it, for late retries of a push. */
export const RANKS = PRIORITIES.length * 2;

/** The chance that one handed-out item is taken from the lowest rank first, so that nothing starves. */
export const LOWER_FIRST_CHANCE = 0.1;

/** Where a delivery stands among those due: 0 goes first. */
export function rankOf(priority: Priority, isLateRetry: boolean): number {
  return PRIORITIES.indexOf(priority) * 2 + (isLateRetry ? 1 : 0);
}

/** The rank of a late retry of the same priority. */
export function lateRank(rank: number): number {
  return rank | 1;
}

/** How many of `limit` items are taken from the lowest rank first. `random()` gives numbers in [0, 1). */
export function drawLowerFirst(limit: number, random: () => number): number {
  let lowerFirst = 0;
  for (let item = 0; item < limit; item++) if (random() < LOWER_FIRST_CHANCE) lowerFirst++;
  return lowerFirst;
}
