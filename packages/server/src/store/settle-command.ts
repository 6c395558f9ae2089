import type { DeliveryCommand, Transition } from "../domain/delivery.ts";
import type { SettleOutcome, SettleRequest } from "./delivery-store.ts";

/** What a settle asks of the state machine. */
export function settleCommand({ token, verb, attempt }: SettleRequest): DeliveryCommand {
  return verb.kind === "extend" ? { ...verb, token } : { ...verb, token, countsAttempt: attempt !== null };
}

/** What the state machine's answer to a settle says to whoever settles. */
export function settleOutcome(result: Transition): SettleOutcome {
  switch (result.outcome) {
    case "changed":
      return { outcome: "settled", delivery: result.delivery };
    case "already_acknowledged":
    case "lease_lost":
      return { outcome: result.outcome };
    default:
      throw new Error(`A settle cannot be answered with ${result.outcome}`);
  }
}
