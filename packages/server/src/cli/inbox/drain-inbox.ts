import { setTimeout as delay } from "node:timers/promises";
import type { Tally, Triggers } from "@triggers/client";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { AT_ONCE, waitForServer } from "../connection/wait-for-server.ts";
import { makeOutput, type Output } from "../output/output.ts";
import { makeTallyBar } from "../output/tally-bar.ts";
import { reasonOf } from "../run-command.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { drainHandler } from "./drain-handler.ts";
import { addTallies, countWaiting, tellTally } from "./drain-tally.ts";
import { stopHandlers } from "./run-handler.ts";

export interface DrainOptions extends ConnectionOptions {
  readonly inbox: string;
  /** A command line to run for each event. */
  readonly exec?: string;
  readonly concurrency?: number;
  /** Seconds that an event is held, extended while it is worked on. */
  readonly lease: number;
  /** Seconds that a server which is away is waited for. */
  readonly patience: number;
}

/** Lines are written at once; a command is a process. */
const WRITERS = 200;
const PROCESSES = 4;

/** Takes what waits in an inbox until nothing waits any more: hands each event to a command, or writes it as a line. */
export async function drainInbox(options: DrainOptions): Promise<void> {
  const output = makeOutput(options);
  let wasAway = false;
  const say = (words: string | null) => {
    wasAway = true;
    output.note(words ?? "the server is back");
  };
  const { triggers } = await connect(options, waitForServer(options.patience, say));
  await triggers.me(AT_ONCE);
  const ending = new AbortController();
  const stopping = ending.signal;
  using _ = stopOnSignals(() => ending.abort(), output, stopHandlers);
  const drain = makeDrain({ triggers, output, options, stopping });
  const total = await countWaiting(triggers, options.inbox);
  let tally = await drain(total?.pending ?? null);
  const left = stopping.aborted ? null : await countWaiting(triggers, options.inbox);
  if (wasAway && left !== null && left.leased > 0) {
    output.note(
      `${left.leased} may be held by a lease whose answer was lost: waiting ${options.lease} s for its end`,
    );
    await delay(options.lease * 1_000, undefined, { signal: stopping }).catch(() => undefined);
    tally = addTallies(tally, await drain(left.leased));
  }
  tellTally(output, tally, stopping.aborted ? null : await countWaiting(triggers, options.inbox));
}

interface Draining {
  readonly triggers: Triggers;
  readonly output: Output;
  readonly options: DrainOptions;
  readonly stopping: AbortSignal;
}

/** Drains once, with a bar over so many events if that is known. */
function makeDrain({
  triggers,
  output,
  options,
  stopping,
}: Draining): (total: number | null) => Promise<Tally> {
  const handle = drainHandler(options, output);
  const terms = {
    inbox: options.inbox,
    concurrency: options.concurrency ?? (options.exec === undefined ? WRITERS : PROCESSES),
    lease_seconds: options.lease,
    signal: stopping,
  };
  return async (total) => {
    const bar = makeTallyBar(total, { writesRows: options.exec === undefined || output.isJson });
    let [done, failed] = [0, 0];
    try {
      return await triggers.inbox.drain(
        async (event, handOver) => {
          const outcome = await handle(event, handOver);
          if (outcome === undefined) done++;
          else failed++;
          bar.show(done + failed, `${done} done, ${failed} failed`);
          return outcome;
        },
        {
          ...terms,
          onError: (error, delivery) =>
            output.note(`${delivery === null ? "" : `event ${delivery.event.id}: `}${reasonOf(error)}`),
        },
      );
    } catch (error) {
      output.note(`${done} done, ${failed} failed before this:`);
      throw error;
    } finally {
      bar.end();
    }
  };
}
