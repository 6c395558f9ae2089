import type { Machine } from "../machine.ts";
import type { Generator } from "../options.ts";
import type { ScenarioResult } from "../scenario.ts";

export interface Report {
  /** RFC 3339. */
  readonly at: string;
  readonly commit: string;
  readonly node: string;
  readonly generator: Generator;
  readonly isQuick: boolean;
  readonly seconds: number;
  /** Of the processor time of the machine, what its host gave to others. */
  readonly stolenShare: number;
  readonly machine: Machine;
  readonly scenarios: readonly ScenarioResult[];
}
