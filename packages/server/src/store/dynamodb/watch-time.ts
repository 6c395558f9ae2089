import { performance } from "node:perf_hooks";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** The time of the service, as the `Date` of its answers tells it: whole seconds, cut off. */
export interface WatchedTime {
  /** In whole milliseconds: bounds of ids are made of it. */
  now(): number;
  /** The service's time less this machine's; under a second counts as none, for `Date` knows no fractions. */
  offsetMs(): number;
}

const SECOND = 1_000;

/** `Date` is cut to the second, so each answer bounds the offset from below and from above; of many answers the narrowest bounds are kept. */
export function watchTime(client: Pick<DynamoDBClient, "middlewareStack">): WatchedTime {
  let offset: number | null = null;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = machineTime();
      const answer = await next(args);
      const date = dateOf(answer.response);
      if (date !== null)
        offset = narrow(offset, { least: date - machineTime(), most: date + SECOND - sentAt });
      return answer;
    },
    { step: "deserialize", name: "watchTime", priority: "low" },
  );
  return {
    now: () => Math.floor(machineTime() + (offset ?? 0)),
    offsetMs: () => Math.round(offset ?? 0),
  };
}

/** Nearest to what was known, within what this answer allows. */
function narrow(
  known: number | null,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  return Math.min(Math.max(known ?? 0, least), most);
}

/** The wall clock as it was at the start of the process, and from then on steady. */
function machineTime(): number {
  return performance.timeOrigin + performance.now();
}

function dateOf(response: unknown): number | null {
  if (typeof response !== "object" || response === null || !("headers" in response)) return null;
  const { date } = response.headers as Readonly<Record<string, string>>;
  const at = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) ? null : at;
}
