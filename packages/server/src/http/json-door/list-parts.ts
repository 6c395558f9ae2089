import { skimString } from "./decode-text.ts";
import { type JsonMember, type JsonRange, kindOf } from "./json-parts.ts";
import { memberName } from "./member-name.ts";
import { skipSpace } from "./skip-space.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

// All functions here trust the text: they may be given only ranges in which the scan found no malformed JSON.

/** The outermost value of a text. */
export function rootOf(bytes: Buffer): JsonRange {
  const start = skipSpace(bytes, 0);
  let end = bytes.length;
  while (end > start && (bytes[end - 1] ?? 0) <= 0x20) end--;
  return { start, end, kind: kindOf(bytes[start] ?? 0) };
}

/** The members of an object, in the order sent. */
export function membersOf(bytes: Buffer, object: JsonRange): JsonMember[] {
  const members: JsonMember[] = [];
  skimMembers(bytes, object.start, members);
  return members;
}

/** The elements of an array. Of more than `limit` only `limit + 1` are listed: enough to see that they are too many. */
export function elementsOf(bytes: Buffer, array: JsonRange, limit: number): JsonRange[] {
  const elements: JsonRange[] = [];
  let at = skipSpace(bytes, array.start + 1);
  while (bytes[at] !== CLOSING_BRACKET && elements.length <= limit) {
    const end = skimValue(bytes, at);
    elements.push({ start: at, end, kind: kindOf(bytes[at] ?? 0) });
    at = skipComma(bytes, end);
  }
  return elements;
}

/** Lists the members of the object that begins at `start` into `members`; returns the position after the object. */
export function skimMembers(bytes: Buffer, start: number, members: JsonMember[]): number {
  let at = skipSpace(bytes, start + 1);
  while (bytes[at] === QUOTE) {
    const nameEnd = skimString(bytes, at + 1);
    const value = skipSpace(bytes, skipSpace(bytes, nameEnd) + 1);
    const end = skimValue(bytes, value);
    const key = memberName(bytes, at + 1, nameEnd - 1);
    members.push({ key, start: value, end, kind: kindOf(bytes[value] ?? 0) });
    at = skipComma(bytes, end);
  }
  return at + 1;
}

/** From the end of a value to the next one or to the closing bracket or brace. */
export function skipComma(bytes: Buffer, end: number): number {
  const at = skipSpace(bytes, end);
  return bytes[at] === COMMA ? skipSpace(bytes, at + 1) : at;
}

/** The position after the value that begins at `start`. */
export function skimValue(bytes: Buffer, start: number): number {
  const first = bytes[start] ?? 0;
  if (first === QUOTE) return skimString(bytes, start + 1);
  if (first === BRACE || first === BRACKET) return skimNested(bytes, start);
  let at = start;
  while (isInScalar(bytes[at] ?? 0)) at++;
  return at;
}

function skimNested(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const byte = bytes[at++] ?? CLOSING_BRACE;
    if (byte === QUOTE) at = skimString(bytes, at);
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--;
  } while (depth > 0);
  return at;
}

function isInScalar(byte: number): boolean {
  return byte > 0x20 && byte !== COMMA && byte !== CLOSING_BRACKET && byte !== CLOSING_BRACE;
}
