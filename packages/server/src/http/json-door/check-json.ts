import { isUtf8 } from "node:buffer";
import type { JsonFault } from "./json-fault.ts";
import type { JsonMember } from "./json-parts.ts";
import { beginScan, endScan } from "./scan.ts";
import { scanJson } from "./scan-json.ts";

const NOT_UTF8 = "Encode the JSON in UTF-8; some of its bytes are not.";
const BYTE_ORDER_MARK = "Send the JSON without the byte order mark at its start.";

/**
 * Checks one JSON text; lists the members of its outermost object into `members`, if given. Gives the fault that makes
 * the text unreadable, else its first flaw.
 *
 * ...
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
