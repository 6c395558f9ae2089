import type { LeasedDelivery } from "../json/event.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import type { Verdict } from "./settle-deliveries.ts";

type Terms = Pick<ConsumeOptions, "retryDelaySeconds">;

const FIRST_DELAY_SECONDS = 5;
const LONGEST_DELAY_SECONDS = 3_600;

/** What a handler's result means for its delivery. Throws for a word that is none: to acknowledge then could lose an event. */
export function judgeResult(result: unknown, { attempt }: LeasedDelivery, terms: Terms): Verdict {
  if (typeof result !== "object" || result === null || !("outcome" in result)) return { verb: "ack" };
  const { outcome, reason, delay_seconds: delay } = result as Readonly<Record<string, unknown>>;
  const words = typeof reason === "string" ? reason : null;
  if (outcome === "bury") return { verb: "bury", reason: words };
  if (outcome === "release") {
    const delaySeconds = typeof delay === "number" ? delay : delayOf(attempt, terms);
    return { verb: "release", delaySeconds, reason: words };
  }
  throw new TypeError('A handler may return nothing, or an `outcome` of "release" or "bury".');
}

export function judgeError(error: unknown, { attempt }: LeasedDelivery, terms: Terms): Verdict {
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return { verb: "release", delaySeconds: delayOf(attempt, terms), reason };
}

function delayOf(attempt: number, { retryDelaySeconds }: Terms): number {
  if (retryDelaySeconds !== undefined) return retryDelaySeconds(attempt);
  return Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (attempt - 1));
}
