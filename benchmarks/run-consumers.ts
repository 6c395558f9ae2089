import type { ConsumePlan, ConsumeResult } from "./processes/consume.ts";
import { openChild } from "./processes/open-child.ts";

/** Consumers of the main inbox, in a process of their own. */
export async function runConsumers(plan: ConsumePlan): Promise<ConsumeResult> {
  await using child = openChild<ConsumePlan, ConsumeResult>("./consume.ts");
  return await child.ask(plan);
}
