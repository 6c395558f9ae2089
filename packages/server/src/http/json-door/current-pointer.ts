import { decodeText, skimString } from "./decode-text.ts";
import { ARRAY, type Scan } from "./scan.ts";

const POINTER_LENGTH = 256;

/** JSON pointer (RFC 6901) to the value at which a scan stands, see `JsonFault`. */
export function currentPointer(scan: Scan): string {
  let pointer = "";
  for (let depth = 1; depth <= scan.depth; depth++) {
    const position = scan.path[depth] ?? -1;
    if (position < 0) return pointer;
    const token = scan.frames[depth] === ARRAY ? String(position) : nameAt(scan.bytes, position);
    if (pointer.length + token.length >= POINTER_LENGTH) return pointer;
    pointer += `/${token}`;
  }
  return pointer;
}

/** The member name whose quotation mark stands at `at`, as a token of a pointer. */
function nameAt(bytes: Buffer, at: number): string {
  const name = decodeText(bytes, at + 1, skimString(bytes, at + 1) - 1);
  return name.replaceAll("~", "~0").replaceAll("/", "~1").toWellFormed();
}
