import { type EventFilters, filtersOf } from "../arguments/event-filters.ts";
import type { Place } from "../arguments/read-argument.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput } from "../output/output.ts";
import { reasonOf } from "../run-command.ts";
import { eventWords } from "./event-words.ts";
import { followSince } from "./follow-since.ts";

export interface TailOptions extends ConnectionOptions, EventFilters {
  readonly since?: Place;
}

/** Follows events until it is stopped, over restarts of the server; says where to go on from. */
export async function tailEvents(options: TailOptions): Promise<void> {
  const output = makeOutput(options);
  const { triggers } = await connect(options);
  await triggers.me();
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  let position: string | null = null;
  let isAway = false;
  const following = {
    ...{ filters: filtersOf(options), ...options.since, signal: stopping.signal },
    onRetry: (error: unknown) => {
      if (!isAway) output.note(`${reasonOf(error)} Goes on from the last event when it is back.`);
      isAway = true;
    },
    onPosition: (reached: string) => {
      if (position === null) output.note("following; Ctrl-C ends");
      else if (isAway) output.note("following again");
      isAway = false;
      position = reached;
    },
  };
  for await (const { event, position: at } of followSince(triggers, following)) {
    output.row({ position: at, event }, eventWords(event));
    await output.flushed();
  }
  if (position !== null) output.note(`to go on from here: triggers tail --since ${position}`);
}
