import type { Bench } from "./bench.ts";
import type { Figure } from "./figure.ts";

/** One thing that is measured. */
export interface Scenario {
  /** For `--only`. */
  readonly number: number;
  readonly title: string;
  /** How it is measured, in a sentence or two, for the document. */
  readonly method: string;
  run(bench: Bench): Promise<readonly Figure[]>;
}

export interface ScenarioResult {
  readonly number: number;
  readonly title: string;
  readonly method: string;
  readonly figures: readonly Figure[];
  /** Why there are no figures. */
  readonly failure: string | null;
  readonly seconds: number;
}
