import { checkJson } from "./check-json.ts";
import { DEPTH_LIMIT, type JsonFault } from "./json-fault.ts";
import type { JsonKind, JsonMember, JsonRange } from "./json-parts.ts";
import { rootOf } from "./list-parts.ts";

/*
 * The way in for every JSON text a caller sends. Texts are strict RFC 8259 in UTF-8 without a byte order mark, with no
 * name twice in an object (compared decoded), no half surrogate pair, and nothing nested deeper than `DEPTH_LIMIT`
 * inside the envelope, which counts the same for every form in which an event may come. Numbers of any size and
 * `\u0000` are sound. Readers throw nothing. The ranges they give are of the exact bytes as sent, as positions in the
 * bytes that were given.
 *
 *     const reading = readMembers(body);
 *     if (reading.outcome === "ok") {
 *       for (const member of reading.members) {
 *         if (member.key === "payload") payload = body.subarray(member.start, member.end);
 *         else if (member.key === "type" && member.kind === "string") type = textOf(body, member);
 *       }
 *     }
 *
 * One body of several events: `readBatch`, `readList` and `splitLines`. Into a range: `textOf`, `parseRange`, `membersOf`,
 * `elementsOf`.
 */

export interface JsonRefusal {
  readonly outcome: "fault";
  readonly fault: JsonFault;
}

export type JsonReading = { readonly outcome: "ok"; readonly value: unknown } | JsonRefusal;

export type ValueReading = { readonly outcome: "ok"; readonly range: JsonRange } | JsonRefusal;

/** `not_object`: sound JSON, but no object. */
export type MembersReading =
  | { readonly outcome: "ok"; readonly members: readonly JsonMember[] }
  | { readonly outcome: "not_object"; readonly kind: JsonKind }
  | JsonRefusal;

/**
 * A body whose exact bytes nobody needs, as `JSON.parse` gives it: numbers become doubles (1e400 is `Infinity`), and
 * `__proto__` is a plain own property. `envelopes`: how many objects may stand around what may nest `DEPTH_LIMIT` deep.
 */
export function readJson(bytes: Buffer, envelopes = 1): JsonReading {
  const fault = checkJson(bytes, envelopes + DEPTH_LIMIT);
  return fault === undefined
    ? { outcome: "ok", value: JSON.parse(bytes.toString()) }
    : { outcome: "fault", fault };
}

/** A body that is a payload by itself: any JSON value. */
export function readValue(bytes: Buffer): ValueReading {
  const fault = checkJson(bytes, DEPTH_LIMIT);
  return fault === undefined ? { outcome: "ok", range: rootOf(bytes) } : { outcome: "fault", fault };
}

/** A body, or a line, that is one envelope with the payload inside: its members in the order sent. */
export function readMembers(bytes: Buffer): MembersReading {
  const members: JsonMember[] = [];
  const fault = checkJson(bytes, 1 + DEPTH_LIMIT, members);
  if (fault !== undefined) return { outcome: "fault", fault };
  const { kind } = rootOf(bytes);
  return kind === "object" ? { outcome: "ok", members } : { outcome: "not_object", kind };
}
