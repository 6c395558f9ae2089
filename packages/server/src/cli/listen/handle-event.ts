import { setTimeout as delay } from "node:timers/promises";
import type { Event, Handler, Release } from "@triggers/client";
import type { AttemptError, AttemptResult } from "../../domain/attempt-result.ts";
import { judgeResponse, type Verdict } from "../../domain/judge-response.ts";
import { DEFAULT_SCHEDULE_SECONDS, retryDelayMs } from "../../domain/retry-schedule.ts";
import { makeRecentMap } from "../../seal/recent-map.ts";
import type { Forwarder } from "./forward-event.ts";
import type { LeaseBodies } from "./lease-bodies.ts";
import type { ReceiverPresence } from "./receiver-presence.ts";

/** What came of one event that was sent. */
export interface Forwarded {
  readonly event: Event;
  readonly deliveryId: string;
  readonly attempt: number;
  readonly result: AttemptResult;
  readonly verdict: Verdict;
  /** Null: it does not come again. */
  readonly retrySeconds: number | null;
}

interface Parts {
  readonly bodies: Pick<LeaseBodies, "take">;
  readonly forwarder: Pick<Forwarder, "send">;
  readonly presence: ReceiverPresence;
  /** Aborted: what waits for the receiver is given back. */
  readonly signal: AbortSignal;
  /** So long an event is held for a receiver that is not there; then it is given back. */
  readonly holdMs: number;
  /** The receiver has been away for that long. */
  readonly onLongAway: () => void;
  readonly onForwarded: (forwarded: Forwarded) => void;
  /** 410. */
  readonly onGone: () => void;
}

interface Work extends Pick<Forwarded, "event" | "deliveryId" | "attempt"> {
  readonly body: Buffer;
  /** Aborted when somebody else has the delivery. */
  readonly lost: AbortSignal;
}

/** A program that ends closes its connections a moment before its port, or after. */
const CLOSING_MS = 50;
/** The longest that a release may ask for; the later steps of the schedule are longer. */
const LONGEST_RELEASE_SECONDS = 43_200;
const ANSWERED = 20_000;

/** No connection came about, so that the receiver cannot have the event. */
const NOBODY: ReadonlySet<AttemptError | null> = new Set<AttemptError>([
  "refused",
  "unreachable",
  "dns",
  "connect_timeout",
]);

/** After the time in which the request that waits for events is given up: else that would take it again, and count an attempt. */
const GIVEN_BACK: Release = { outcome: "release", delay_seconds: 1, reason: "the listener stopped" };

/** Makes the handler that sends each event to the receiver: 2xx acknowledges, a receiver that is away is awaited, anything else is tried again as a webhook would be. */
export function makeHandler(parts: Parts): Handler {
  const { bodies, presence, signal } = parts;
  // A lease that ran out while the server was away is handed over again: though the event was answered, or is on its way still. It is not sent a second time.
  const answered = makeRecentMap<true>(ANSWERED);
  const underWay = new Map<string, Promise<Release | undefined>>();

  return async (event, { delivery_id: deliveryId, attempt, signal: lost }) => {
    const body = await bodies.take(deliveryId);
    if (answered.get(deliveryId) === true) return;
    const begun = underWay.get(deliveryId) ?? forward({ event, deliveryId, attempt, body, lost });
    underWay.set(deliveryId, begun);
    return begun.finally(() => underWay.delete(deliveryId));
  };

  async function forward({ event, deliveryId, attempt, body, lost }: Work): Promise<Release | undefined> {
    const result = await sendToSomebody(deliveryId, body, lost);
    if (result === null) return GIVEN_BACK;
    const verdict = judgeResponse(result, Date.now());
    if (verdict.outcome === "given_back") return GIVEN_BACK;
    const retrySeconds = verdict.outcome === "retry" ? retrySecondsOf(attempt, verdict.retryAfterMs) : null;
    parts.onForwarded({ event, deliveryId, attempt, result, verdict, retrySeconds });
    if (verdict.outcome === "gone") {
      parts.onGone();
      return { ...GIVEN_BACK, reason: "http_410" };
    }
    if (verdict.outcome === "retry")
      return { outcome: "release", delay_seconds: retrySeconds ?? 0, reason: verdict.reason };
    answered.set(deliveryId, true);
    return undefined;
  }

  /** Null if it is to stop, or the receiver stays away, before the event could be sent. */
  async function sendToSomebody(deliveryId: string, body: Buffer, lost: AbortSignal) {
    for (let resets = 0; ; ) {
      const there = await presence.whenThere([lost, signal], parts.holdMs);
      if (there === "late") parts.onLongAway();
      if (there !== "there") return null;
      const result = await parts.forwarder.send(deliveryId, body);
      if (result.errorCode === "reset" && (await isThereStill())) {
        // An idle connection may have been closed just when it was used; that is no fault of the event.
        resets += 1;
        if (resets > 1) return result;
      } else if (NOBODY.has(result.errorCode)) presence.noteAway();
      else if (result.errorCode !== "reset") return result;
    }
  }

  async function isThereStill(): Promise<boolean> {
    await delay(CLOSING_MS);
    return presence.look();
  }
}

/** As a webhook with the usual schedule waits before its next attempt. */
function retrySecondsOf(attempt: number, retryAfterMs: number | null): number {
  const ms = retryDelayMs(DEFAULT_SCHEDULE_SECONDS, attempt + 1, { retryAfterMs, random: Math.random });
  return Math.min(LONGEST_RELEASE_SECONDS, Math.ceil(ms / 1_000));
}
