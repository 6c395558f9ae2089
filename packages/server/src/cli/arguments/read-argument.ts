import { InvalidArgumentError } from "commander";
import { parseObject } from "./exact-json.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of `90`, `90s`, `15m`, `2h`, `3d`, `500ms`; null if it is none. */
export function secondsOf(text: string): number | null {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const seconds = UNIT_SECONDS[unit];
  return number === undefined || seconds === undefined ? null : Number(number) * seconds;
}

/** A parser of durations, in seconds. */
export function seconds(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = secondsOf(text);
    if (value !== null && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be ${least} to ${most} seconds, such as 90, 15m or 2h.`);
  };
}

/** The same where the server takes whole seconds. */
export function wholeSeconds(least: number, most: number): (text: string) => number {
  const read = seconds(least, most);
  return (text) => {
    const value = read(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError("It must be whole seconds.");
  };
}

export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A time that is past: itself, or how long ago. */
export function past(text: string): string {
  return moment(text, -1);
}

/** A place in the feed, as the server gave it, or a time that is past. */
export type Place = { readonly position: string } | { readonly after: string };

export function place(text: string): Place {
  // Its second half is a checksum, which no time is as long as.
  return /^[\w-]+\.[\w-]{16,}$/.test(text) ? { position: text } : { after: past(text) };
}

/** A time that comes: itself, or in how long. */
export function future(text: string): string {
  return moment(text, 1);
}

function moment(text: string, direction: 1 | -1): string {
  const away = secondsOf(text);
  if (away !== null) return new Date(Date.now() + direction * away * 1_000).toISOString();
  if (/^\d{4}-\d\d-\d\d([Tt ].+)?$/.test(text) && !Number.isNaN(Date.parse(text)))
    return new Date(text).toISOString();
  throw new InvalidArgumentError(
    "It must be a time such as 2026-11-28T10:00:00Z, or a duration such as 15m.",
  );
}

export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value = parseObject(text);
    if (value !== null) return value;
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError(`It must be a JSON object, such as '{"a":1}'.`);
}

/** For an option that may come several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Bare printable ASCII, short enough for what is added to it. */
export function idempotencyKey(text: string): string {
  if (/^[\x21-\x7e]{1,240}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be 1 to 240 printable ASCII characters without spaces.");
}
