const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * A sound JSON text on one line, for server-sent events and NDJSON: line breaks, which can stand only between its
 * tokens, become spaces. Without any, the same buffer; else a copy.
 */
export function spliceLineBreaks(bytes: Buffer): Buffer {
  if (!bytes.includes(LINE_FEED) && !bytes.includes(CARRIAGE_RETURN)) return bytes;
  const line = Buffer.from(bytes);
  for (let at = 0; at < line.length; at++) {
    if (line[at] === LINE_FEED || line[at] === CARRIAGE_RETURN) line[at] = 0x20;
  }
  return line;
}
