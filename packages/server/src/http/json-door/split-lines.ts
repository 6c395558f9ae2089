const LINE_FEED = 0x0a;

/**
 * The lines of an NDJSON text, which end with LF or CRLF (the CR stays, as white space at the end of its line). Lines
 * of white space alone are left out. Of more than `limit` lines only `limit + 1` are given: enough to see that they are
 * too many. The lines share the memory of `bytes`.
 */
export function splitLines(bytes: Buffer, limit: number): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  let isBlank = true;
  for (let at = 0; at <= bytes.length && lines.length <= limit; at++) {
    const byte = bytes[at] ?? LINE_FEED;
    if (byte === LINE_FEED) {
      if (!isBlank) lines.push(bytes.subarray(start, at));
      start = at + 1;
      isBlank = true;
    } else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) {
      isBlank = false;
    }
  }
  return lines;
}
