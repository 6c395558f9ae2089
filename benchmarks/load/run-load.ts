import type { Generator } from "../options.ts";
import { openChild } from "../processes/open-child.ts";
import type { LoadPlan, LoadResult } from "./load-plan.ts";
import { canWrk, runWrk } from "./run-wrk.ts";

/** Puts the load on, from a process of its own. Rejects if a single answer was not as planned: what fails fast must not count as speed. */
export async function runLoad(plan: LoadPlan, generator: Generator): Promise<LoadResult> {
  const result = generator === "wrk" && canWrk(plan) ? await runWrk(plan) : await runOwn(plan);
  if (result.failures === 0) return result;
  throw new Error(`${result.failures} of ${result.requests} requests failed: ${result.firstFailure}`);
}

async function runOwn(plan: LoadPlan): Promise<LoadResult> {
  await using child = openChild<LoadPlan, LoadResult>("./send-load.ts");
  return await child.ask(plan);
}
