import { TriggersError } from "../domain/errors.ts";
import { EVENT_LIMITS, type TraceContext } from "../domain/event.ts";
import type { NewEvent } from "../flow/new-event.ts";
import {
  addFault,
  addFieldFault,
  type Envelope,
  isSoundType,
  readString,
  readText,
  readTime,
  refuseFaults,
} from "./envelope.ts";
import { isIdempotencyKey } from "./idempotency-key.ts";
import type { MembersReading } from "./json-door/json-door.ts";
import type { JsonMember, JsonRange } from "./json-door/json-parts.ts";
import { jsonRefusal } from "./json-refusal.ts";
import { readLabels } from "./read-metadata.ts";

/** What an envelope is read with. */
export interface EnvelopeTerms {
  /** Ms since the epoch. */
  readonly now: number;
  /** JSON pointer to it in the body; empty where it is the whole body. */
  readonly pointer: string;
  /** An item of a batch may carry its own `idempotency_key`. */
  readonly isItem: boolean;
  readonly trace: TraceContext | null;
  /** From the header; an item's own goes before it. */
  readonly idempotencyKey: string | null;
}

type Draft = { -readonly [K in keyof NewEvent]: NewEvent[K] };

const NO_PAYLOAD = Buffer.alloc(0);

/**
 * Reads the envelope of an event from the ranges of its members. The payload is not parsed: what must be known of it, the door has checked. Refused
 * (`invalid_request`) with every faulty field. The published form of the same rules is `eventInput`.
 *
 * Measured on Node 24.21, 2 cores, 349 bytes: 2.5–3.1 µs with seven fields, 0.35 µs with `type` and `source` alone, beside 1.3 and 1.0 µs of the door.
 */
export function readEvent(bytes: Buffer, members: readonly JsonMember[], terms: EnvelopeTerms): NewEvent {
  const envelope: Envelope = { bytes, pointer: terms.pointer, faults: [] };
  const event = draftOf(terms);
  let metadata: JsonRange | null = null;
  let tags: JsonRange | null = null;
  for (const member of members) {
    if (member.key === "metadata") metadata = member;
    else if (member.key === "tags") tags = member;
    else readField(envelope, member, { event, terms });
  }
  const labels = readLabels(envelope, { metadata, tags });
  event.metadata = labels.metadata;
  event.tags = labels.tags;
  event.priority = labels.priority;
  if (event.payload === NO_PAYLOAD) addFault(envelope, "/payload", "is required");
  if (event.deliverAt !== null && event.orderingKey !== null)
    addFault(envelope, "/deliver_at", "must not stand beside `ordering_key`");
  refuseFaults(envelope);
  return event;
}

/** The members of an envelope that the door has read. Refused as the door says, or for being no object (`invalid_request`). */
export function membersIn(reading: MembersReading, pointer = ""): readonly JsonMember[] {
  switch (reading.outcome) {
    case "ok":
      return reading.members;
    case "fault":
      throw jsonRefusal({ ...reading.fault, pointer: pointer + reading.fault.pointer });
    case "not_object":
      throw new TriggersError("invalid_request", "Correct the fields listed in `errors`.", {
        fields: [{ pointer, detail: "must be an object" }],
      });
  }
}

function draftOf({ trace, idempotencyKey }: EnvelopeTerms): Draft {
  return {
    type: null,
    source: null,
    subject: null,
    occurredAt: null,
    orderingKey: null,
    tags: [],
    priority: "normal",
    metadata: "",
    extensions: null,
    payload: NO_PAYLOAD,
    contentType: "application/json",
    deliverAt: null,
    trace,
    idempotency: idempotencyKey === null ? null : { kind: "key", key: idempotencyKey },
  };
}

interface Place {
  readonly event: Draft;
  readonly terms: EnvelopeTerms;
}

const SOURCE = { path: "/source", length: EVENT_LIMITS.sourceLength };
const SUBJECT = { path: "/subject", length: EVENT_LIMITS.subjectLength };
const ORDERING_KEY = { path: "/ordering_key", length: EVENT_LIMITS.orderingKeyLength };

function readField(envelope: Envelope, member: JsonMember, { event, terms }: Place): void {
  switch (member.key) {
    case "payload":
      if (member.kind !== "object") addFault(envelope, "/payload", "must be an object");
      event.payload = envelope.bytes.subarray(member.start, member.end);
      return;
    case "type":
      event.type = readType(envelope, member);
      return;
    case "source":
      event.source = readText(envelope, member, SOURCE);
      return;
    case "subject":
      event.subject = readText(envelope, member, SUBJECT);
      return;
    case "ordering_key":
      event.orderingKey = readText(envelope, member, ORDERING_KEY);
      return;
    case "occurred_at":
      event.occurredAt = readTime(envelope, member, "/occurred_at");
      return;
    case "deliver_at":
      event.deliverAt = readDeliverAt(envelope, member, terms.now);
      return;
    default:
      readOther(envelope, member, { event, terms });
  }
}

function readOther(envelope: Envelope, member: JsonMember, { event, terms }: Place): void {
  if (member.key === "idempotency_key" && terms.isItem) {
    const key = readString(envelope, member, "/idempotency_key");
    if (key === null) return;
    if (isIdempotencyKey(key)) event.idempotency = { kind: "key", key };
    else addFault(envelope, "/idempotency_key", "must be 1 to 255 printable ASCII characters");
    return;
  }
  addFieldFault(envelope, member.key, "is not a field here");
}

function readType(envelope: Envelope, member: JsonMember): string | null {
  const type = readString(envelope, member, "/type");
  return type === null || isSoundType(envelope, type) ? type : null;
}

function readDeliverAt(envelope: Envelope, member: JsonMember, now: number): number | null {
  const at = readTime(envelope, member, "/deliver_at");
  if (at !== null && at > now + EVENT_LIMITS.deliverAheadMs)
    addFault(envelope, "/deliver_at", "must be at most 30 days ahead");
  return at;
}
