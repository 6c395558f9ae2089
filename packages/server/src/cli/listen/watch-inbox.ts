import type { Tally, Triggers } from "@triggers/client";
import { addTallies, NOTHING_DONE } from "../inbox/drain-tally.ts";
import type { Output } from "../output/output.ts";
import type { ListenInbox } from "./ensure-inbox.ts";
import { writeEventLine } from "./event-line.ts";
import type { Forwarder } from "./forward-event.ts";
import { makeHandler } from "./handle-event.ts";
import type { LeaseBodies } from "./lease-bodies.ts";
import { makeReceiverPresence } from "./receiver-presence.ts";
import type { TellServer } from "./tell-server.ts";

/** As many as a webhook by default. */
const IN_FLIGHT = 10;
/** What a killed listener held comes again after so long. */
const LEASE_SECONDS = 30;
/** For requests on their way when it is to stop. */
const STOP_MS = 10_000;
/** To hold an event for a receiver that is away costs no attempt. Not for longer, so that others may have it and no lease runs out while this machine sleeps. */
const HOLD_MS = 300_000;

interface Parts {
  readonly triggers: Triggers;
  readonly bodies: LeaseBodies;
  readonly forwarder: Forwarder;
  readonly output: Output;
  readonly tellServer: TellServer;
  /** Aborted from outside, and here after a 410. */
  readonly stopping: AbortController;
}

interface Way {
  readonly inbox: Pick<ListenInbox, "name">;
  readonly url: string;
  readonly holdMs?: number;
}

interface Watched {
  readonly tally: Tally;
  /** The receiver answered 410. */
  readonly isGone: boolean;
}

/** Hands over what comes into the inbox until it is to stop. While the receiver is away nothing is leased, as each lease counts as an attempt. */
export async function watchInbox(parts: Parts, { inbox, url, holdMs = HOLD_MS }: Way): Promise<Watched> {
  const { output, tellServer, stopping } = parts;
  const { signal } = stopping;
  let isGone = false;
  const presence = makeReceiverPresence({
    ...{ url, signal },
    onAway: () => output.note(`Nobody listens at ${url}: events wait until somebody does.`),
    onBack: () => output.note(`Somebody listens at ${url} now.`),
  });
  signal.addEventListener("abort", () => {
    tellServer.isSilent = true;
  });

  /** Until it is to stop, or the receiver has been away for long. */
  function watchOnce(): Promise<Tally> {
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    const handler = makeHandler({
      ...parts,
      ...{ presence, signal: either, holdMs },
      onLongAway: () => {
        tellServer.isSilent = true;
        ending.abort();
      },
      onForwarded: (forwarded) => writeEventLine(output, forwarded),
      onGone: () => {
        isGone = true;
        stopping.abort();
      },
    });
    tellServer.isSilent = false;
    return parts.triggers.inbox.watch(handler, {
      ...{ inbox: inbox.name, concurrency: IN_FLIGHT, lease_seconds: LEASE_SECONDS },
      ...{ stopTimeoutMs: STOP_MS, signal: either, onError: tellServer.onError },
    }).done;
  }

  const tallies: Tally[] = [];
  while ((await presence.whenThere([signal])) === "there")
    if (await presence.look()) tallies.push(await watchOnce());
  return { tally: tallies.reduce(addTallies, NOTHING_DONE), isGone };
}
