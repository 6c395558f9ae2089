import type { Random } from "./world/random.ts";
import { drawWeather, type Weather } from "./world/weather.ts";

/** What a seed plays. */
export interface Scenario {
  /** One node is the embedded size: one writer, no delay until filters match. */
  readonly nodes: 1 | 2 | 3;
  /** Chance that another node hears a wake-up. */
  readonly wakeupReach: number;
  /** Types of event `a` go to so many inboxes that they are committed with a plan. */
  readonly isWide: boolean;
  /** More events than one step of a back-fill takes are there already. */
  readonly hasHistory: boolean;
  /** A second project posts little, beside an endpoint that answers nobody. */
  readonly hasQuietProject: boolean;
  readonly hasReader: boolean;
  /** What is settled is kept for some seconds only. */
  readonly forgets: boolean;
  readonly weather: Weather;
  readonly faultsMs: number;
  /** Between two posts of a producer, in the mean. */
  readonly betweenPostsMs: number;
}

export function drawScenario(random: Random): Scenario {
  const isWide = random.chance(0.1);
  return {
    nodes: random.pick([1, 2, 2, 2, 3]),
    wakeupReach: random.pick([0, 0.5, 1]),
    isWide,
    hasHistory: !isWide && random.chance(0.05),
    hasQuietProject: random.chance(0.15),
    hasReader: random.chance(0.35),
    forgets: random.chance(0.06),
    weather: drawWeather(random),
    // A long one has room for a pause that outlasts the hold of a shard.
    faultsMs: random.chance(0.15) ? random.between(15_000, 25_000) : random.between(5_000, 15_000),
    betweenPostsMs: isWide ? 2_000 : random.between(150, 1_200),
  };
}
