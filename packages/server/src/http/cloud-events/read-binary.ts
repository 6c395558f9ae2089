import type { IncomingMessage } from "node:http";
import { TriggersError } from "../../domain/errors.ts";
import type { NewEvent } from "../../flow/new-event.ts";
import { addFault, type Envelope } from "../envelope.ts";
import type { EnvelopeTerms } from "../read-event.ts";
import { type Attributes, putAttribute } from "./attributes.ts";
import { decodeHeaderValue } from "./header-value.ts";
import { toEvent } from "./to-event.ts";

const PREFIX = "ce-";

/**
 * Reads a CloudEvent in binary mode: attributes are `ce-*` headers, the body is its data, `Content-Type` its `datacontenttype`. Every value is a string
 * then. `data`: the body, which the door has checked; null where it is empty. Faults point at attributes.
 */
export function readBinary(request: IncomingMessage, data: Buffer | null, terms: EnvelopeTerms): NewEvent {
  const envelope: Envelope = { bytes: data ?? Buffer.alloc(0), pointer: "", faults: [] };
  const attributes: Attributes = new Map();
  for (const [header, value] of cloudEventHeaders(request.rawHeaders)) {
    const name = header.slice(PREFIX.length);
    if (name === "data" || name === "datacontenttype")
      addFault(envelope, `/${name}`, "is not a header of its own");
    else putAttribute(envelope, attributes, [name, value]);
  }
  const contentType = request.headers["content-type"];
  if (contentType !== undefined && data !== null) attributes.set("datacontenttype", contentType);
  return toEvent(envelope, { attributes, data }, terms);
}

/** The `ce-*` headers by lower-case name, decoded. Node has joined repeated ones in `headers`, where it does not show. */
function cloudEventHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = (rawHeaders[at] ?? "").toLowerCase();
    if (!header.startsWith(PREFIX)) continue;
    const value = found.has(header) ? null : decodeHeaderValue(rawHeaders[at + 1] ?? "");
    if (value === null) throw unreadable(header);
    found.set(header, value);
  }
  return found;
}

function unreadable(header: string): TriggersError {
  return new TriggersError(
    "malformed_header",
    `Send \`${header}\` once, in printable ASCII, everything else percent-encoded as UTF-8.`,
  );
}
