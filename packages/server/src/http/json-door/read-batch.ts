import { checkJson } from "./check-json.ts";
import type { JsonRefusal, MembersReading } from "./json-door.ts";
import { DEPTH_LIMIT, isFlaw, type JsonFault } from "./json-fault.ts";
import { type JsonKind, type JsonMember, type JsonRange, kindOf } from "./json-parts.ts";
import { rootOf, skimMembers, skimValue, skipComma } from "./list-parts.ts";
import { skipSpace } from "./skip-space.ts";

const CLOSING_BRACKET = 0x5d;
const BRACE = 0x7b;

/**
 * `members` are those of the outermost object, `events` among them. Each item is read as `readMembers` reads a body of
 * its own, but with ranges in the bytes of the whole batch. What is malformed anywhere makes the whole unreadable,
 * while a flaw (see `isFlaw`) inside an item is that item's fault alone, with its pointer beginning at the item.
 * `not_batch`: sound JSON, but without an array where the items belong.
 */
export type BatchReading =
  | {
      readonly outcome: "ok";
      readonly members: readonly JsonMember[];
      readonly items: readonly MembersReading[];
    }
  | { readonly outcome: "not_batch" }
  | JsonRefusal;

/** A body `{ "events": [ … ] }`. Of more than `limit` items only `limit + 1` are read: enough to see that. */
export function readBatch(bytes: Buffer, limit: number): BatchReading {
  const members: JsonMember[] = [];
  const fault = checkJson(bytes, 3 + DEPTH_LIMIT, members);
  const array = members.find(({ key, kind }) => key === "events" && kind === "array");
  return readItems(bytes, { fault, members, array, limit });
}

/** A body that is an array of items, e.g. a batch of CloudEvents; it has no `members`. */
export function readList(bytes: Buffer, limit: number): BatchReading {
  const fault = checkJson(bytes, 2 + DEPTH_LIMIT);
  const root = rootOf(bytes);
  return readItems(bytes, { fault, members: [], array: root.kind === "array" ? root : undefined, limit });
}

interface Batch {
  readonly fault: JsonFault | undefined;
  readonly members: readonly JsonMember[];
  readonly array: JsonRange | undefined;
  readonly limit: number;
}

function readItems(bytes: Buffer, { fault, members, array, limit }: Batch): BatchReading {
  if (fault !== undefined && !isFlaw(fault)) return { outcome: "fault", fault };
  if (array === undefined)
    return fault === undefined ? { outcome: "not_batch" } : { outcome: "fault", fault };
  const outside = fault && flawOutside(bytes, array);
  if (outside !== undefined) return { outcome: "fault", fault: outside };
  const items: MembersReading[] = [];
  let at = skipSpace(bytes, array.start + 1);
  while (bytes[at] !== CLOSING_BRACKET && items.length <= limit) {
    const own: JsonMember[] = [];
    const end = bytes[at] === BRACE ? skimMembers(bytes, at, own) : skimValue(bytes, at);
    const flaw = fault && checkJson(bytes.subarray(at, end), 1 + DEPTH_LIMIT);
    items.push(itemReading(kindOf(bytes[at] ?? 0), own, flaw));
    at = skipComma(bytes, end);
  }
  return { outcome: "ok", members, items };
}

function itemReading(kind: JsonKind, members: JsonMember[], fault: JsonFault | undefined): MembersReading {
  if (fault !== undefined) return { outcome: "fault", fault };
  return kind === "object" ? { outcome: "ok", members } : { outcome: "not_object", kind };
}

/** The flaw of what stands around the items, if there is one. */
function flawOutside(bytes: Buffer, array: JsonRange): JsonFault | undefined {
  const emptied = Buffer.concat([bytes.subarray(0, array.start + 1), bytes.subarray(array.end - 1)]);
  return checkJson(emptied, 3 + DEPTH_LIMIT);
}
