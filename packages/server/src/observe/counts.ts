import type { RouteCounts } from "./route-meters.ts";

export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  read(): number | Promise<number>;
}

/** The numbers behind the metrics. */
export interface Counts {
  readonly version: string;
  readonly routes: readonly RouteCounts[];
  readonly accepted: { created: number; replayed: number };
  readonly gauges: readonly GaugeReading[];
}
