import type { JsonRange } from "./json-parts.ts";

const BACKSLASH = 0x5c;

/** The position after the closing quotation mark of a sound string whose content begins at `at`. */
export function skimString(bytes: Buffer, at: number): number {
  for (let position = at; ; position++) {
    const byte = bytes[position] ?? 0x22;
    if (byte === 0x22) return position + 1;
    if (byte === BACKSLASH) position++;
  }
}

/** The text of a sound string's content (without its quotation marks). */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  let isAscii = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) return JSON.parse(bytes.toString("utf8", start - 1, end + 1)) as string;
    if (byte >= 0x80) isAscii = false;
  }
  return bytes.toString(isAscii ? "latin1" : "utf8", start, end);
}

/** The text of a string that a reader of this folder found. */
export function textOf(bytes: Buffer, string: JsonRange): string {
  return decodeText(bytes, string.start + 1, string.end - 1);
}

/** Any value that a reader of this folder found, as `JSON.parse` gives it: numbers are rounded to doubles. */
export function parseRange(bytes: Buffer, range: JsonRange): unknown {
  return JSON.parse(bytes.toString("utf8", range.start, range.end));
}
