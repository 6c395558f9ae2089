import { TriggersError } from "../../domain/errors.ts";
import { EVENT_LIMITS, type TraceContext } from "../../domain/event.ts";
import type { NewEvent } from "../../flow/new-event.ts";
import { addFault, type Envelope, isSoundText, isSoundType, refuseFaults, timeOf } from "../envelope.ts";
import type { EnvelopeTerms } from "../read-event.ts";
import { readLabels } from "../read-metadata.ts";
import { readTrace } from "../trace-context.ts";
import { type Attributes, isUri, isUriReference, takeRequired, takeString } from "./attributes.ts";
import { isJsonType, isMediaType, plainMediaType } from "./media-type.ts";

/** Attributes without a field of ours, together. CloudEvents of up to 64 KiB in all must be forwarded. */
const EXTENSIONS_BYTES = 64 * 1024;

const NO_DATA = Buffer.from("null");

/** A CloudEvent with its attributes read and its data still the bytes that came; null: it has none. */
export interface CloudEvent {
  readonly attributes: Attributes;
  readonly data: Uint8Array | null;
}

/**
 * Makes an event of a CloudEvent 1.0. `source` and `id` together are its idempotency key unless the header gave one; `id`, `dataschema` and every attribute
 * that has no field of ours become `extensions`.
 */
export function toEvent(envelope: Envelope, cloudEvent: CloudEvent, terms: EnvelopeTerms): NewEvent {
  const { attributes } = cloudEvent;
  checkVersion(envelope, attributes);
  const contentType = readContentType(envelope, cloudEvent);
  const id = takeRequired(envelope, attributes, "id");
  const source = readSource(envelope, attributes);
  const type = takeRequired(envelope, attributes, "type");
  if (type !== "") isSoundType(envelope, type);
  const time = takeString(envelope, attributes, "time");
  const event: NewEvent = {
    type,
    source,
    subject: takeText(envelope, attributes, "subject"),
    occurredAt: time === null ? null : timeOf(envelope, time, "/time"),
    orderingKey: takeText(envelope, attributes, "partitionkey"),
    ...readLabels(envelope, { metadata: null, tags: null }),
    trace: takeTrace(attributes) ?? terms.trace,
    extensions: writeExtensions(envelope, attributes, id),
    payload: cloudEvent.data ?? NO_DATA,
    contentType,
    deliverAt: null,
    // A URI reference has no spaces: no two pairs come to the same key.
    idempotency:
      terms.idempotencyKey === null
        ? { kind: "cloudevent", key: `${source} ${id}` }
        : { kind: "key", key: terms.idempotencyKey },
  };
  refuseFaults(envelope);
  return event;
}

/** Of another version nothing else can be judged. */
function checkVersion(envelope: Envelope, attributes: Attributes): void {
  const version = takeRequired(envelope, attributes, "specversion");
  if (version === "1.0") return;
  if (version !== "") addFault(envelope, "/specversion", 'must be "1.0"');
  refuseFaults(envelope);
}

function readContentType(envelope: Envelope, { attributes, data }: CloudEvent): string {
  const given = takeString(envelope, attributes, "datacontenttype");
  if (given !== null && !isMediaType(given)) addFault(envelope, "/datacontenttype", "must be a media type");
  else if (given !== null && data !== null && !isJsonType(given)) throw refuseData();
  return given === null || data === null ? "application/json" : plainMediaType(given);
}

/** The refusal of data that is not JSON. */
export function refuseData(): TriggersError {
  return new TriggersError(
    "unsupported_media_type",
    "Send `data` as JSON in UTF-8; other data is not taken yet.",
  );
}

function readSource(envelope: Envelope, attributes: Attributes): string {
  const source = takeRequired(envelope, attributes, "source");
  if (source !== "" && !isUriReference(source)) addFault(envelope, "/source", "must be a URI reference");
  else if (source !== "")
    isSoundText(envelope, source, { path: "/source", length: EVENT_LIMITS.sourceLength });
  return source;
}

function takeText(
  envelope: Envelope,
  attributes: Attributes,
  name: "subject" | "partitionkey",
): string | null {
  const text = takeString(envelope, attributes, name);
  const length = name === "subject" ? EVENT_LIMITS.subjectLength : EVENT_LIMITS.orderingKeyLength;
  if (text !== null) isSoundText(envelope, text, { path: `/${name}`, length });
  return text;
}

/** The trace the event was made under goes before the one it was posted under. One that cannot be read stays an attribute like any other. */
function takeTrace(attributes: Attributes): TraceContext | null {
  const parent = attributes.get("traceparent");
  const state = attributes.get("tracestate");
  if (typeof parent !== "string") return null;
  const trace = readTrace(parent, typeof state === "string" ? state : null);
  if (trace === null) return null;
  attributes.delete("traceparent");
  attributes.delete("tracestate");
  return trace;
}

/** One order, so that the same event sent in another form or order is the same event. */
function writeExtensions(envelope: Envelope, attributes: Attributes, id: string): string {
  const schema = takeString(envelope, attributes, "dataschema");
  if (schema !== null && !isUri(schema)) addFault(envelope, "/dataschema", "must be a URI");
  const members = [`"id":${JSON.stringify(id)}`];
  if (schema !== null) members.push(`"dataschema":${JSON.stringify(schema)}`);
  for (const name of [...attributes.keys()].sort())
    members.push(`"${name}":${JSON.stringify(attributes.get(name))}`);
  const text = `{${members.join(",")}}`;
  if (Buffer.byteLength(text) > EXTENSIONS_BYTES)
    addFault(envelope, "", `must have attributes of at most ${EXTENSIONS_BYTES} bytes in all`);
  return text;
}
