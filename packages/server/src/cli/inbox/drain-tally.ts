import type { Tally, Triggers } from "@triggers/client";
import { isRefusal } from "../connection/refusal-words.ts";
import type { Output } from "../output/output.ts";
import { findSubscription } from "../subscriptions/find-subscription.ts";

export interface Waiting {
  readonly pending: number;
  readonly leased: number;
}

/** Null where the key may not see it: then a drain goes without. */
export async function countWaiting(triggers: Triggers, inbox: string): Promise<Waiting | null> {
  try {
    const { id } = await findSubscription(triggers, inbox);
    const { pending, leased } = await triggers.subscriptions.stats(id);
    return { pending: pending.count, leased: leased.count };
  } catch (error) {
    if (error instanceof Error && isRefusal(error)) return null;
    throw error;
  }
}

/** Tells what became of all that was taken, on standard error. */
export function tellTally(output: Output, tally: Tally, left: Waiting | null): void {
  const { acknowledged, released, buried, lost, unsettled } = tally;
  const words = [
    `${acknowledged} acknowledged`,
    ...(released > 0 ? [`${released} released, to come again`] : []),
    ...(buried > 0 ? [`${buried} buried`] : []),
    ...(lost > 0 ? [`${lost} handed to somebody else meanwhile: handled twice`] : []),
    ...(unsettled > 0 ? [`${unsettled} could not be settled: they come again when their lease ends`] : []),
    ...(left !== null && left.leased > 0
      ? [`${left.leased} held by others, or by a lease whose answer was lost`]
      : []),
  ];
  if (output.isJson) process.stderr.write(`${JSON.stringify({ ...tally, left })}\n`);
  else output.note(words.join(", "));
  if (released + lost + unsettled > 0) process.exitCode = 1;
}

export const NOTHING_DONE: Tally = { acknowledged: 0, released: 0, buried: 0, lost: 0, unsettled: 0 };

export function addTallies(one: Tally, other: Tally): Tally {
  return {
    acknowledged: one.acknowledged + other.acknowledged,
    released: one.released + other.released,
    buried: one.buried + other.buried,
    lost: one.lost + other.lost,
    unsettled: one.unsettled + other.unsettled,
  };
}
