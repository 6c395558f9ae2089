import { skipSpace } from "./skip-space.ts";

const LINE_FEED = 0x0a;

/**
 * The lines of an NDJSON text, which end with LF or CRLF, from their first token on (the CR stays, as white space at the
 * end). Empty lines, also those with white space, are left out. Of more than `limit` lines only `limit + 1` are given:
 * enough to see that they are too many. The lines share the memory of `bytes`.
 */
export function splitLines(bytes: Buffer, limit: number): Buffer[] {
  const lines: Buffer[] = [];
  let start = skipSpace(bytes, 0);
  while (start < bytes.length && lines.length <= limit) {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    lines.push(bytes.subarray(start, end));
    start = skipSpace(bytes, end);
  }
  return lines;
}
