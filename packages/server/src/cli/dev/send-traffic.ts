import { setTimeout as delay } from "node:timers/promises";
import type { Triggers } from "@triggers/client";
import type { Output } from "../output/output.ts";
import { SAMPLES } from "../samples/all-samples.ts";
import { makeDice } from "../samples/dice.ts";

interface Traffic {
  readonly triggers: Triggers;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** Sends a sample event of some type again and again, until it is stopped. What cannot be sent is told; the next one may. */
export async function sendTraffic({ triggers, everyMs, signal, output }: Traffic): Promise<void> {
  const dice = makeDice(Math.random, Date.now);
  while (!signal.aborted) {
    const { type, source, make } = dice.pick(SAMPLES);
    try {
      const { event_id } = await triggers.events.send({ type, source, ...make(dice) }, { signal });
      output.row({ event_id, type }, `sent  ${type}  ${event_id}`);
    } catch (error) {
      if (!signal.aborted) output.note(`not sent: ${error instanceof Error ? error.message : error}`);
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
