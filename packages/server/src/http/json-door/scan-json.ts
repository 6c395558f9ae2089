import { breakOff, breakOffBetween, breakOffRepeated, noteFlaw } from "./break-off.ts";
import { kindOf } from "./json-parts.ts";
import { memberName } from "./member-name.ts";
import { isRepeatedName } from "./repeated-name.ts";
import { ARRAY, openFrame, type Scan } from "./scan.ts";
import { scanScalar } from "./scan-scalar.ts";
import { scanString } from "./scan-string.ts";
import { skipSpace } from "./skip-space.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Reads the text once, from end to end, and without recursion, however deep it nests. The faults are in `scan`
 * afterwards. A byte beyond the end reads as 0, which is legal nowhere, so the end is looked for only where it matters.
 */
export function scanJson(scan: Scan): void {
  const bytes = scan.bytes;
  let at = skipSpace(bytes, 0);
  do {
    const first = bytes[at] ?? 0;
    if (first === BRACE) at = enterObject(scan, at);
    else if (first === BRACKET) at = enterArray(scan, at);
    else at = leaveValue(scan, first === QUOTE ? scanString(scan, at + 1) : scanScalar(scan, at, first));
  } while (at >= 0 && scan.depth > 0);
}

/** Every step returns where the next value begins, the end of the text after the last one, or −1. */
function enterObject(scan: Scan, at: number): number {
  if (scan.depth >= scan.depthLimit) noteFlaw(scan, "json_too_deep");
  const inside = skipSpace(scan.bytes, at + 1);
  if (scan.bytes[inside] === CLOSING_BRACE) return leaveValue(scan, inside + 1);
  openFrame(scan, false);
  return scanName(scan, inside);
}

function enterArray(scan: Scan, at: number): number {
  if (scan.depth >= scan.depthLimit) noteFlaw(scan, "json_too_deep");
  const inside = skipSpace(scan.bytes, at + 1);
  if (scan.bytes[inside] === CLOSING_BRACKET) return leaveValue(scan, inside + 1);
  openFrame(scan, true);
  return inside;
}

/** Reads on after a value: over all that closes there, to the value after the next comma. */
function leaveValue(scan: Scan, end: number): number {
  const bytes = scan.bytes;
  let at = end;
  if (at < 0) return at;
  while (scan.depth > 0) {
    const frame = scan.frames[scan.depth] ?? 0;
    if (scan.depth === 1 && frame !== ARRAY) endMember(scan, at);
    at = skipSpace(bytes, at);
    const byte = bytes[at] ?? 0;
    if (byte === COMMA)
      return frame === ARRAY ? nextElement(scan, at) : scanName(scan, skipSpace(bytes, at + 1));
    if (byte !== (frame === ARRAY ? CLOSING_BRACKET : CLOSING_BRACE)) {
      return breakOffBetween(scan, at, frame === ARRAY ? "element" : "member");
    }
    if (frame >= 0) scan.namesEnd = frame;
    scan.depth--;
    at++;
  }
  at = skipSpace(bytes, at);
  return at === bytes.length ? at : breakOff(scan, at, "tail");
}

function nextElement(scan: Scan, comma: number): number {
  scan.path[scan.depth] = (scan.path[scan.depth] ?? 0) + 1;
  return skipSpace(scan.bytes, comma + 1);
}

/** Reads a member's name and its colon. Names beyond the depth limit are not compared: their value is refused anyway. */
function scanName(scan: Scan, at: number): number {
  const { bytes, depth, path } = scan;
  path[depth] = -1;
  if (bytes[at] !== QUOTE) return breakOff(scan, at, "name");
  const end = scanString(scan, at + 1);
  if (end < 0) return end;
  path[depth] = at;
  if (depth <= scan.depthLimit && isRepeatedName(scan, at + 1, end - 1)) return breakOffRepeated(scan);
  const colon = skipSpace(bytes, end);
  if (bytes[colon] !== COLON) return breakOff(scan, colon, "colon");
  const start = skipSpace(bytes, colon + 1);
  if (depth === 1 && scan.members !== undefined) {
    const key = memberName(bytes, at + 1, end - 1);
    scan.members.push({ key, start, end: start, kind: kindOf(bytes[start] ?? 0) });
  }
  return start;
}

/** The outermost object's current member ends here. */
function endMember(scan: Scan, at: number): void {
  const members = scan.members;
  if (members === undefined) return;
  const member = members[members.length - 1];
  if (member !== undefined) member.end = at;
}
