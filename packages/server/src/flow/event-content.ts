import type { EventContent, TraceContext } from "../domain/event.ts";

/**
 * An event's content as bytes, to be sealed as one blob:
 *
 *     1 │ header length u32 │ flags u8 │ for each field present: length u32, UTF-8 │ payload, exact bytes
 *
 * Bit i of the flags: field i is present. Numbers are big-endian. Measured on Node 24.21, best of 50 rounds: with metadata of 35 bytes and a subject
 * 0.2 µs to pack and 0.4 µs to unpack; with 300 bytes and five fields 0.45 and 0.6 µs, where a header of JSON, which escapes the quotes of the metadata,
 * takes 0.9 and 0.7 µs.
 */
const VERSION = 1;
const LENGTH_BYTES = 4;
const HEADER_AT = 1 + LENGTH_BYTES;
/** A UTF-16 code unit takes at most 3 bytes of UTF-8. */
const BYTES_PER_UNIT = 3;

/** The content as parts to be sealed one after the other. The payload is not copied. */
export function packContent(content: EventContent): readonly Uint8Array[] {
  const { trace } = content;
  return [
    packHeader([
      content.metadata,
      content.subject,
      content.orderingKey,
      content.extensions,
      trace === null ? null : trace.traceparent,
      trace === null ? null : trace.tracestate,
    ]),
    content.payload,
  ];
}

function packHeader(fields: readonly (string | null)[]): Buffer {
  let room = HEADER_AT + 1;
  for (const field of fields) if (field !== null) room += LENGTH_BYTES + BYTES_PER_UNIT * field.length;
  const header = Buffer.allocUnsafe(room);
  let at = HEADER_AT + 1;
  let flags = 0;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] ?? null;
    if (field === null) continue;
    flags |= 1 << i;
    const bytes = header.write(field, at + LENGTH_BYTES);
    header.writeUInt32BE(bytes, at);
    at += LENGTH_BYTES + bytes;
  }
  header[0] = VERSION;
  header.writeUInt32BE(at - HEADER_AT, 1);
  header[HEADER_AT] = flags;
  return header.subarray(0, at);
}

/** The content of such bytes. The payload is a view on them. Throws for bytes that are none, which sealing rules out. */
export function unpackContent(plain: Uint8Array): EventContent {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  if (bytes[0] !== VERSION || bytes.length <= HEADER_AT) throw unreadable();
  const payloadAt = HEADER_AT + bytes.readUInt32BE(1);
  if (payloadAt <= HEADER_AT || payloadAt > bytes.length) throw unreadable();
  const readField = fieldReader(bytes.subarray(0, payloadAt));
  const metadata = readField();
  if (metadata === null) throw unreadable();
  return {
    metadata,
    subject: readField(),
    orderingKey: readField(),
    extensions: readField(),
    trace: traceOf(readField(), readField()),
    payload: bytes.subarray(payloadAt),
  };
}

/** Gives the next field with each call. */
function fieldReader(header: Buffer): () => string | null {
  let flags = header[HEADER_AT] ?? 0;
  let at = HEADER_AT + 1;
  return () => {
    const isPresent = (flags & 1) === 1;
    flags >>= 1;
    if (!isPresent) return null;
    const start = at + LENGTH_BYTES;
    if (start > header.length) throw unreadable();
    at = start + header.readUInt32BE(at);
    if (at > header.length) throw unreadable();
    return header.toString("utf8", start, at);
  };
}

function traceOf(traceparent: string | null, tracestate: string | null): TraceContext | null {
  return traceparent === null ? null : { traceparent, tracestate };
}

function unreadable(): Error {
  return new Error("The content of an event is not in a form that this program reads.");
}
