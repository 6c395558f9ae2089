import { type Bare, openBench } from "./bench.ts";
import type { Figure } from "./figure.ts";
import type { Generator, Options } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { Scenario, ScenarioResult } from "./scenario.ts";

interface Given {
  readonly options: Options;
  readonly generator: Generator;
  readonly progress: Progress;
  readonly bare: Bare;
}

/** A scenario that fails is told in the result; the others go on. */
export async function runScenario(scenario: Scenario, given: Given): Promise<ScenarioResult> {
  const { number, title, method } = scenario;
  const began = performance.now();
  given.progress.step(`${number}. ${title}`);
  const result = (figures: readonly Figure[], failure: string | null): ScenarioResult => {
    const seconds = (performance.now() - began) / 1_000;
    return { ...{ number, title, method, figures, failure, seconds } };
  };
  await using bench = await openBench(given);
  try {
    return result(await scenario.run(bench), null);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    given.progress.step(`    failed: ${failure}\n${bench.lastWords()}`);
    return result([], failure);
  }
}
