import { type FieldFault, TriggersError } from "../domain/errors.ts";
import { EVENT_LIMITS, EVENT_TYPE } from "../domain/event.ts";
import { textOf } from "./json-door/decode-text.ts";
import type { JsonRange } from "./json-door/json-parts.ts";
import { elementsOf } from "./json-door/list-parts.ts";
import { NO_CONTROLS } from "./schemas/text.ts";
import { parseTime } from "./time.ts";

/** More faults than this help nobody. */
const FAULTS = 100;
/** Of a field with a longer name only its object is pointed at. */
const NAME_LENGTH = 128;

/** The JSON object around an event while it is read, with the faults found so far. */
export interface Envelope {
  /** The body that the ranges of its fields point into. */
  readonly bytes: Buffer;
  /** JSON pointer to it in the body; empty where it is the whole body. */
  readonly pointer: string;
  readonly faults: FieldFault[];
}

/** Notes a fault; `path` is a JSON pointer inside the envelope. */
export function addFault(envelope: Envelope, path: string, detail: string): void {
  if (envelope.faults.length < FAULTS) envelope.faults.push({ pointer: envelope.pointer + path, detail });
}

/** Notes a fault of a field with any name. */
export function addFieldFault(envelope: Envelope, name: string, detail: string): void {
  const isShort = name.length <= NAME_LENGTH;
  addFault(envelope, isShort ? `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}` : "", detail);
}

/** Refuses the envelope if anything in it is faulty. */
export function refuseFaults({ faults }: Envelope): void {
  if (faults.length === 0) return;
  throw new TriggersError("invalid_request", "Correct the fields listed in `errors`.", { fields: faults });
}

/** The text of a string field; null if it is null or faulty. */
export function readString(envelope: Envelope, value: JsonRange, path: string): string | null {
  if (value.kind === "string") return textOf(envelope.bytes, value);
  if (value.kind !== "null") addFault(envelope, path, "must be a string");
  return null;
}

/** A text that is not empty and holds no control characters. */
export function readText(
  envelope: Envelope,
  value: JsonRange,
  { path, length }: { readonly path: string; readonly length: number },
): string | null {
  const text = readString(envelope, value, path);
  return text === null || isSoundText(envelope, text, { path, length }) ? text : null;
}

/** True if a text keeps its limits; notes the fault if not. */
export function isSoundText(
  envelope: Envelope,
  text: string,
  { path, length }: { readonly path: string; readonly length: number },
): boolean {
  if (text.length === 0) addFault(envelope, path, "must not be empty");
  else if (isLonger(text, length)) addFault(envelope, path, `must be at most ${length} characters long`);
  else if (!NO_CONTROLS.test(text)) addFault(envelope, path, "must not contain control characters");
  else return true;
  return false;
}

/** Lengths count characters (code points), as JSON Schema does: none takes more than two code units. */
function isLonger(text: string, length: number): boolean {
  return text.length > length && (text.length > 2 * length || Array.from(text).length > length);
}

/** True for a `type`; notes the fault if it is none. */
export function isSoundType(envelope: Envelope, type: string): boolean {
  if (type.length > EVENT_LIMITS.typeLength)
    addFault(envelope, "/type", `must be at most ${EVENT_LIMITS.typeLength} characters long`);
  else if (!EVENT_TYPE.test(type)) addFault(envelope, "/type", "must be dotted parts of A-Z a-z 0-9 _ -");
  else return true;
  return false;
}

/** A time in ms; null if it is null or faulty. */
export function readTime(envelope: Envelope, value: JsonRange, path: string): number | null {
  const text = readString(envelope, value, path);
  return text === null ? null : timeOf(envelope, text, path);
}

/** The time a text stands for; notes the fault if it is none. */
export function timeOf(envelope: Envelope, text: string, path: string): number | null {
  const at = parseTime(text);
  if (at === null)
    addFault(envelope, path, "must be a time as RFC 3339 writes it, such as 2026-11-22T10:00:00.000Z");
  return at;
}

/** A list of tags. */
export function readTags(envelope: Envelope, value: JsonRange, path: string): readonly string[] {
  if (value.kind !== "array") {
    addFault(envelope, path, "must be an array");
    return [];
  }
  const elements = elementsOf(envelope.bytes, value, EVENT_LIMITS.tags);
  if (elements.length > EVENT_LIMITS.tags) {
    addFault(envelope, path, `must have at most ${EVENT_LIMITS.tags} items`);
    return [];
  }
  return elements.map((element, index) => {
    const at = `${path}/${index}`;
    if (element.kind === "null") addFault(envelope, at, "must be a string");
    return readText(envelope, element, { path: at, length: EVENT_LIMITS.tagLength }) ?? "";
  });
}
