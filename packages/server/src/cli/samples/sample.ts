import type { Dice } from "./dice.ts";

/** An event as real systems send it. */
export interface Sample {
  readonly type: string;
  readonly source: string;
  /** For people. */
  readonly description: string;
  readonly make: (dice: Dice) => SampleContent;
}

interface SampleContent {
  /** Whom or what it is about. */
  readonly subject: string;
  readonly payload: Readonly<Record<string, unknown>>;
}
