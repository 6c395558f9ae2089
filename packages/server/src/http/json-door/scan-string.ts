import { breakOff, noteFlaw } from "./break-off.ts";
import type { Scan } from "./scan.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** Reads a string whose content begins at `from`; returns the position after its closing quotation mark, or −1. */
export function scanString(scan: Scan, from: number): number {
  const bytes = scan.bytes;
  let at = from;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) {
      at = scanEscape(scan, at);
      if (at < 0) return at;
    } else if (byte < 0x20) {
      return breakOff(scan, at, "control");
    } else {
      at++;
    }
  }
}

function scanEscape(scan: Scan, at: number): number {
  scan.escapeAt = at;
  switch (scan.bytes[at + 1]) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case LETTER_U:
      return scanUnicodeEscape(scan, at);
    default:
      return breakOff(scan, at, "escape");
  }
}

function scanUnicodeEscape(scan: Scan, at: number): number {
  const unit = codeUnitAt(scan.bytes, at);
  if (unit < 0) return breakOff(scan, at, "escape");
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  if (unit < 0xdc00) {
    const low = codeUnitAt(scan.bytes, at + 6);
    if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
  }
  noteFlaw(scan, "lone_surrogate");
  return at + 6;
}

/** The UTF-16 code unit of the escape `\uXXXX` at `at`; negative if none stands there. */
function codeUnitAt(bytes: Buffer, at: number): number {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U) return -1;
  return (
    (hexDigit(bytes[at + 2]) << 12) |
    (hexDigit(bytes[at + 3]) << 8) |
    (hexDigit(bytes[at + 4]) << 4) |
    hexDigit(bytes[at + 5])
  );
}

/** −1, all bits set, for anything else. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
