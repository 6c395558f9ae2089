/**
 * When a failed push is tried again. `schedule[i]` is the wait in seconds before attempt i + 1, its last step repeats; how many attempts there are is not decided here.
 */

/** 10 attempts over about 75 hours. */
export const DEFAULT_SCHEDULE_SECONDS: readonly number[] = [
  0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** Limits of a schedule of one's own. */
export const SCHEDULE_LIMITS = { steps: 100, stepSeconds: 7 * 86_400 } as const;

/** Each wait is made up to so much shorter or longer, so that what failed together does not come back together. */
const JITTER = 0.2;

/** The longest wait that an endpoint can ask for. */
export const LONGEST_RETRY_AFTER_MS = 86_400_000;

/** The wait before attempt `attempt` (from 1) in ms. `random()` gives numbers in [0, 1). */
export function waitBeforeMs(schedule: readonly number[], attempt: number, random: () => number): number {
  const seconds = schedule[Math.min(attempt, schedule.length) - 1] ?? 0;
  return Math.round(seconds * 1_000 * (1 - JITTER + 2 * JITTER * random()));
}

/**
 * The wait before attempt `attempt` when the one before failed: the schedule's, or what the endpoint asked for if that is longer, up to 24 h.
 */
export function retryDelayMs(
  schedule: readonly number[],
  attempt: number,
  more: { readonly retryAfterMs: number | null; readonly random: () => number },
): number {
  const asked = Math.min(more.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return Math.max(waitBeforeMs(schedule, attempt, more.random), asked);
}
