import { TriggersError } from "../domain/errors.ts";
import { EVENT_LIMITS } from "../domain/event.ts";
import type { NewEvent } from "../flow/new-event.ts";
import { readStructured } from "./cloud-events/read-structured.ts";
import { pointerOf } from "./faults.ts";
import { type MembersReading, readMembers } from "./json-door/json-door.ts";
import type { JsonMember } from "./json-door/json-parts.ts";
import { type BatchReading, readBatch, readList } from "./json-door/read-batch.ts";
import { splitLines } from "./json-door/split-lines.ts";
import { jsonRefusal } from "./json-refusal.ts";
import { type EnvelopeTerms, membersIn, readEvent } from "./read-event.ts";

export const CLOUD_EVENT_BATCH = "application/cloudevents-batch+json";

const LIMIT = EVENT_LIMITS.batchItems;

/** An item of a batch: an event, or why it is none. `pointer` is its place in the body; lines of NDJSON count like the elements of an array. */
export type BatchItem =
  | { readonly event: NewEvent; readonly pointer: string }
  | { readonly refusal: TriggersError; readonly pointer: string };

/** A body `{ "events": [ … ] }`. */
export function readJsonBatch(bytes: Buffer, terms: EnvelopeTerms, maxEventBytes: number): BatchItem[] {
  const reading = readBatch(bytes, LIMIT);
  const { members, items } = itemsOf(reading, "/events");
  const strangers = members.filter(({ key }) => key !== "events");
  if (strangers.length > 0)
    throw refuse(strangers.map(({ key }) => ({ pointer: pointerOf([key]), detail: "is not a field here" })));
  if (items.length === 0) throw refuse([{ pointer: "/events", detail: "must not be empty" }]);
  const read = { bytes, maxEventBytes, readItem: readEvent };
  return items.map((item, index) => itemOf(item, read, termsOf(terms, index, "/events")));
}

/** One event a line. */
export function readNdjsonBatch(bytes: Buffer, terms: EnvelopeTerms, maxEventBytes: number): BatchItem[] {
  const lines = splitLines(bytes, LIMIT);
  if (lines.length > LIMIT) throw refuse([{ pointer: "", detail: `must have at most ${LIMIT} lines` }]);
  if (lines.length === 0) throw refuse([{ pointer: "", detail: "must not be empty" }]);
  return lines.map((line, index) => {
    const read = { bytes: line, maxEventBytes, readItem: readEvent };
    return itemOf(readMembers(line), read, termsOf(terms, index, ""));
  });
}

/** An array of CloudEvents in the JSON event format. It may be empty. */
export function readCloudEventBatch(bytes: Buffer, terms: EnvelopeTerms, maxEventBytes: number): BatchItem[] {
  const { items } = itemsOf(readList(bytes, LIMIT), "");
  const read = { bytes, maxEventBytes, readItem: readStructured };
  return items.map((item, index) => itemOf(item, read, termsOf(terms, index, "")));
}

function itemsOf(reading: BatchReading, pointer: string): Extract<BatchReading, { outcome: "ok" }> {
  if (reading.outcome === "fault") throw jsonRefusal(reading.fault);
  if (reading.outcome === "not_batch") throw refuse([{ pointer, detail: "must be an array of events" }]);
  if (reading.items.length <= LIMIT) return reading;
  throw refuse([{ pointer, detail: `must have at most ${LIMIT} items` }]);
}

function refuse(fields: readonly { pointer: string; detail: string }[]): TriggersError {
  return new TriggersError("invalid_request", "Correct the fields listed in `errors`.", { fields });
}

function termsOf(terms: EnvelopeTerms, index: number, array: string): EnvelopeTerms {
  const { idempotencyKey } = terms;
  return {
    ...terms,
    pointer: `${array}/${index}`,
    isItem: true,
    idempotencyKey: idempotencyKey === null ? null : `${idempotencyKey}/${index}`,
  };
}

interface ItemRead {
  readonly bytes: Buffer;
  readonly maxEventBytes: number;
  readonly readItem: (bytes: Buffer, members: readonly JsonMember[], terms: EnvelopeTerms) => NewEvent;
}

function itemOf(reading: MembersReading, read: ItemRead, terms: EnvelopeTerms): BatchItem {
  const { pointer } = terms;
  try {
    const members = membersIn(reading, pointer);
    checkSize(members, read.maxEventBytes);
    return { event: read.readItem(read.bytes, members, terms), pointer };
  } catch (error) {
    if (error instanceof TriggersError) return { refusal: error, pointer };
    throw error;
  }
}

/** What would be too large a body on its own is too large in a batch. */
function checkSize(members: readonly JsonMember[], maxEventBytes: number): void {
  const bytes = (members.at(-1)?.end ?? 0) - (members[0]?.start ?? 0);
  if (bytes <= maxEventBytes) return;
  throw new TriggersError("payload_too_large", `Send events of at most ${maxEventBytes} bytes.`);
}
