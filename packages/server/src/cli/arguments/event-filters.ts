import type { Command } from "commander";
import { given } from "./given.ts";
import { past } from "./read-argument.ts";

/** Which events. */
export interface EventFilters {
  readonly type?: string;
  readonly source?: string;
  readonly tag?: string;
  readonly subject?: string;
}

export function filterOptions(command: Command): Command {
  return command
    .option("--type <type>", "this type; `order.*`: all that begin so")
    .option("--source <source>")
    .option("--tag <tag>")
    .option("--subject <subject>");
}

export function periodOptions(command: Command): Command {
  return command
    .option("--since <time>", "accepted then or later: a time, or how long ago: 15m", past)
    .option("--before <time>", "accepted before then: a time, or how long ago", past);
}

export function filtersOf({ type, source, tag, subject }: EventFilters) {
  return given({ type, source, tag, subject });
}
