import type { Random } from "./random.ts";

/** How the way to the store and back is, as chances for each operation. */
export interface Weather {
  /** Takes effect late. */
  readonly slow: number;
  /** Is answered late. */
  readonly late: number;
  /** Never arrives, or is refused for too many; nothing of it is stored. */
  readonly refused: number;
  /** Takes effect, and its answer is lost. */
  readonly unanswered: number;
}

export const CALM: Weather = { slow: 0, late: 0, refused: 0, unanswered: 0 };

export function drawWeather(random: Random): Weather {
  if (random.chance(0.3)) return CALM;
  return {
    slow: random.pick([0, 0.1, 0.5]),
    late: random.pick([0, 0.02, 0.2]),
    refused: random.pick([0, 0.01, 0.1]),
    unanswered: random.pick([0, 0.01, 0.1]),
  };
}
