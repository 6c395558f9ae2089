import { isUtf8 } from "node:buffer";
import type { JsonFault } from "./json-fault.ts";
import type { JsonMember } from "./json-parts.ts";
import { beginScan, endScan } from "./scan.ts";
import { scanJson } from "./scan-json.ts";

const NOT_UTF8 = "Encode the JSON in UTF-8; some of its bytes are not.";
const BYTE_ORDER_MARK = "Send the JSON without the byte order mark at its start.";

/**
 * Checks one JSON text and lists the members of its outermost object into `members`, if given. Gives the fault that
 * makes the text unreadable, else its first flaw.
 *
 * An event of 345 bytes with 19 names takes 1.0 µs, 0.85 without the list; `isUtf8` is 0.03 of it (Node 24.21, EPYC with
 * 2 cores). Slower on the same bytes: `JSON.parse` alone, 1.5 µs; a second pass for the list, 1.25; a table of the bytes
 * that may stand in a string, 0.91 without the list; the scan over a Latin-1 string, 1.7 times as long as over bytes.
 * A string of 1 MiB takes 1.2 ms, an object of 100,000 names (1.2 MiB) 40 ms, 10 MiB of opening brackets 250 ms.
 */
export function checkJson(bytes: Buffer, depthLimit: number, members?: JsonMember[]): JsonFault | undefined {
  if (!isUtf8(bytes)) return { code: "invalid_utf8", pointer: "", detail: NOT_UTF8 };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { code: "invalid_utf8", pointer: "", detail: BYTE_ORDER_MARK };
  }
  const scan = beginScan(bytes, depthLimit, members);
  scanJson(scan);
  return endScan(scan);
}
