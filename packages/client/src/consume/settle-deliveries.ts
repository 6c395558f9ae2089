import type {
  AckResult,
  BuryResult,
  Held,
  HeldToBury,
  HeldToRelease,
  ReleaseResult,
} from "../resources/held.ts";
import type { ConsumerCalls } from "./consumer-calls.ts";
import { makeGroup } from "./make-group.ts";

/** What a delivery comes to. */
export type Verdict =
  | { readonly verb: "ack" }
  | { readonly verb: "release"; readonly delaySeconds: number; readonly reason: string | null }
  | { readonly verb: "bury"; readonly reason: string | null };

/** Settles a delivery, together with others that end meanwhile. */
export type Settle = (held: Held, verdict: Verdict) => Promise<AckResult | ReleaseResult | BuryResult>;

const GROUP = 1_000;
const LONGEST_DELAY_SECONDS = 43_200;
const REASON_LENGTH = 300;

export function makeSettle(calls: ConsumerCalls): Settle {
  const ack = makeGroup<Held, AckResult>((items) => calls.ack(items), GROUP);
  const release = makeGroup<HeldToRelease, ReleaseResult>((items) => calls.release(items), GROUP);
  const bury = makeGroup<HeldToBury, BuryResult>((items) => calls.bury(items), GROUP);
  return ({ delivery_id, lease_token }, verdict) => {
    const held = { delivery_id, lease_token };
    if (verdict.verb === "ack") return ack(held);
    const reason = cleanReason(verdict.reason);
    if (verdict.verb === "bury") return bury({ ...held, reason });
    return release({ ...held, reason, delay_seconds: cleanDelay(verdict.delaySeconds) });
  };
}

/** One that the server refused would hold back the others of its group. */
function cleanReason(reason: string | null): string | null {
  const text = (reason ?? "")
    .slice(0, REASON_LENGTH)
    .replace(/[\p{Cc}\p{Cs}]/gu, " ")
    .trim();
  return text === "" ? null : text;
}

function cleanDelay(seconds: number): number {
  return Math.min(LONGEST_DELAY_SECONDS, Math.max(0, Math.ceil(seconds) || 0));
}
