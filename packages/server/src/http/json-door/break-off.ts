import { currentPointer } from "./current-pointer.ts";
import { DEPTH_LIMIT } from "./json-fault.ts";
import type { Scan } from "./scan.ts";

const DETAILS = {
  empty: "Send a JSON value; this text is empty.",
  end: "Close every string, array and object; the JSON ends too early, at byte @.",
  value:
    "Put a JSON value at byte @: an object, an array, a string in double quotes, a number, true, false or null (none may follow a last comma).",
  control: "Escape the control character at byte @; below U+0020 none may stand bare in a string.",
  escape:
    'Correct the escape at byte @: after a backslash stands one of " \\ / b f n r t, or u and four hexadecimal digits.',
  number:
    "Correct the number at byte @: it has no leading zeros, and at least one digit in each of its parts.",
  name: "Put a member name in double quotes at byte @ (none may follow a last comma).",
  colon: "Put a colon between member name and value, at byte @.",
  member: "Put a comma or a closing brace at byte @.",
  element: "Put a comma or a closing bracket at byte @.",
  tail: "Send one JSON value only; remove what begins at byte @.",
} as const;

/** Ends the scan: the text is not JSON. Returns −1, the position that stands for failure. */
export function breakOff(scan: Scan, at: number, expected: keyof typeof DETAILS): -1 {
  const isAtEnd = at >= scan.bytes.length;
  const reason = isAtEnd ? (scan.depth === 0 && expected === "value" ? "empty" : "end") : expected;
  const detail = DETAILS[reason].replace("@", String(at));
  scan.breakFault = { code: "malformed_json", pointer: currentPointer(scan), detail };
  return -1;
}

/** The same for a fault between the values of the innermost array or object. */
export function breakOffBetween(scan: Scan, at: number, expected: "member" | "element"): -1 {
  scan.path[scan.depth] = -1;
  return breakOff(scan, at, expected);
}

/** Ends the scan: the object already has a member of the name that was read last. */
export function breakOffRepeated(scan: Scan): -1 {
  const detail = "Send each member of an object once; this name stands in it twice.";
  scan.breakFault = { code: "duplicate_key", pointer: currentPointer(scan), detail };
  return -1;
}

const FLAWS = {
  lone_surrogate:
    "Escape characters beyond U+FFFF as a pair of surrogates, or send them as UTF-8; half a pair is no text.",
  json_too_deep: `Nest arrays and objects at most ${DEPTH_LIMIT} deep.`,
} as const;

/** Notes a flaw of the current value. Only the first is kept, so a text full of them costs no more. */
export function noteFlaw(scan: Scan, code: keyof typeof FLAWS): void {
  scan.flaw ??= { code, pointer: currentPointer(scan), detail: FLAWS[code] };
}
