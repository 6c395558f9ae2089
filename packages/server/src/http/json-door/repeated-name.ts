import { hash } from "node:crypto";
import { decodeText } from "./decode-text.ts";
import { doubled, NAMES_IN_SET, type Scan } from "./scan.ts";

/** Up to this many names of an object are compared one by one, more of them in a `Set`. */
const FEW_NAMES = 16;

/**
 * Longer names are compared by digest: V8 hashes strings beyond 16,383 characters by their length alone, so that a `Set`
 * of many such would compare them all, each with each (10 MiB of them: 470 ms, with digests 50).
 */
const LONG_NAME_BYTES = 1024;

/** Each name in `scan.names`: fingerprint, start, end. */
const NAME_WIDTH = 3;

/**
 * Takes note of a member name of the innermost object, its content from `start` to before `end`; true if the object
 * has a member of that name already. Names are equal when their decoded texts are.
 */
export function isRepeatedName(scan: Scan, start: number, end: number): boolean {
  const first = scan.frames[scan.depth] ?? 0;
  if (first === NAMES_IN_SET) return isInSet(scan, start, end);
  const isPlain = scan.escapeAt < start && end - start <= LONG_NAME_BYTES;
  if (isPlain && scan.namesEnd - first < FEW_NAMES * NAME_WIDTH) return isAmongFew(scan, start, end);
  moveToSet(scan, first);
  return isInSet(scan, start, end);
}

function isAmongFew(scan: Scan, start: number, end: number): boolean {
  const added = scan.namesEnd;
  if (added + NAME_WIDTH > scan.names.length) scan.names = doubled(scan.names);
  const names = scan.names;
  const print = fingerprint(scan.bytes, start, end);
  names[added] = print;
  names[added + 1] = start;
  names[added + 2] = end;
  for (let at = scan.frames[scan.depth] ?? 0; at < added; at += NAME_WIDTH) {
    if (names[at] === print && isSameName(scan, at, added)) return true;
  }
  scan.namesEnd = added + NAME_WIDTH;
  return false;
}

/** Names without escapes are equal when their bytes are. */
function isSameName({ bytes, names }: Scan, left: number, right: number): boolean {
  const start = names[left + 1] ?? 0;
  const length = (names[left + 2] ?? 0) - start;
  const other = names[right + 1] ?? 0;
  if ((names[right + 2] ?? 0) - other !== length) return false;
  for (let offset = 0; offset < length; offset++) {
    if (bytes[start + offset] !== bytes[other + offset]) return false;
  }
  return true;
}

/** Length and three of the bytes: enough to tell most names apart without reading them again. */
function fingerprint(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  const middle = bytes[start + (length >> 1)] ?? 0;
  return (length << 24) ^ ((bytes[start] ?? 0) << 16) ^ (middle << 8) ^ (bytes[end - 1] ?? 0);
}

function moveToSet(scan: Scan, first: number): void {
  const known = new Set<string>();
  for (let at = first; at < scan.namesEnd; at += NAME_WIDTH) {
    known.add(decodeText(scan.bytes, scan.names[at + 1] ?? 0, scan.names[at + 2] ?? 0));
  }
  scan.nameSets[scan.depth] = known;
  scan.namesEnd = first;
  scan.frames[scan.depth] = NAMES_IN_SET;
}

function isInSet(scan: Scan, start: number, end: number): boolean {
  const known = scan.nameSets[scan.depth];
  const text = decodeText(scan.bytes, start, end);
  const mark = text.length <= LONG_NAME_BYTES ? text : digestOf(text);
  if (known === undefined || known.has(mark)) return true;
  known.add(mark);
  return false;
}

/** Begins with half a surrogate pair, which no sound name does. In UTF-16, since UTF-8 has no form for such halves. */
function digestOf(text: string): string {
  return `\ud800${hash("sha256", Buffer.from(text, "utf16le"), "base64")}`;
}
