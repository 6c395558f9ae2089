import { breakOff } from "./break-off.ts";
import type { Scan } from "./scan.ts";

const ZERO = 0x30;

/** Reads a number or a word at `at`, whose first byte is `first`; returns the position after it, or −1. */
export function scanScalar(scan: Scan, at: number, first: number): number {
  switch (first) {
    case 0x74:
      return scanWord(scan, at, TRUE);
    case 0x66:
      return scanWord(scan, at, FALSE);
    case 0x6e:
      return scanWord(scan, at, NULL);
    default:
      return first === MINUS || isDigit(first) ? scanNumber(scan, at) : breakOff(scan, at, "value");
  }
}

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");

function scanWord(scan: Scan, at: number, word: Buffer): number {
  const bytes = scan.bytes;
  for (let index = 1; index < word.length; index++) {
    if (bytes[at + index] !== word[index]) return breakOff(scan, at, "value");
  }
  return at + word.length;
}

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const LETTER_E = 0x65;

function scanNumber(scan: Scan, from: number): number {
  const bytes = scan.bytes;
  const start = bytes[from] === MINUS ? from + 1 : from;
  let at = skipDigits(bytes, start);
  if (at === start || (bytes[start] === ZERO && at > start + 1)) return breakOff(scan, at, "number");
  if (bytes[at] === POINT) {
    const fraction = at + 1;
    at = skipDigits(bytes, fraction);
    if (at === fraction) return breakOff(scan, at, "number");
  }
  if (((bytes[at] ?? 0) | 0x20) === LETTER_E) {
    const sign = bytes[at + 1];
    const exponent = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
    at = skipDigits(bytes, exponent);
    if (at === exponent) return breakOff(scan, at, "number");
  }
  return at;
}

function skipDigits(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(bytes[at] ?? 0)) at++;
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}
