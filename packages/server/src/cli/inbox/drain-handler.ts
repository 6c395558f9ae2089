import type { Handler } from "@triggers/client";
import { makeOutput, type Output } from "../output/output.ts";
import { runHandler } from "./run-handler.ts";

interface HandlerOptions {
  /** A command line; without it events are written as lines. */
  readonly exec?: string;
  readonly json?: true;
}

/** What a drain does with an event. */
export function drainHandler({ exec, json }: HandlerOptions, output: Output): Handler {
  if (exec === undefined) {
    const lines = makeOutput({ json: true });
    return async (event) => {
      lines.row(event);
      // Acknowledged once it has left the process.
      await lines.flushed();
    };
  }
  return async (event, handOver) => {
    const ending = await runHandler(exec, { event, handOver, stdout: json === true ? 2 : "inherit" });
    const outcome = ending === 0 ? "acknowledge" : "release";
    if (json === true) output.row({ event_id: event.id, attempt: handOver.attempt, ending, outcome });
    else if (ending !== 0) output.note(`event ${event.id}: the command ended with ${ending}; it comes again`);
    return ending === 0 ? undefined : { outcome: "release", reason: `the command ended with ${ending}` };
  };
}
