import { timeOfId } from "../domain/ids.ts";
import type { EventView } from "../flow/views.ts";

/** For an event without a type; CloudEvents asks for one. */
const DEFAULT_TYPE = "triggers.event";

/**
 * Writes an event as a structured CloudEvent 1.0 (https://github.com/cloudevents/spec, JSON format). One that was accepted as a CloudEvent gets back all it came with, its `id` included; another has our id. Without a source it is
 * `/projects/<project id>`; a source that is no URI reference has the characters that cannot stand in one percent-encoded. `time` is when it occurred, or else was accepted. `tags` and `metadata` have no place in a CloudEvent and
 * are left out. The payload stands in `data` as the bytes that were accepted.
 */
export function renderCloudEvent(view: EventView): Uint8Array {
  const { event, content } = view;
  const attributes = {
    specversion: "1.0",
    id: event.id,
    source: event.source === null ? `/projects/${event.projectId}` : toUriReference(event.source),
    type: event.type ?? DEFAULT_TYPE,
    datacontenttype: event.contentType,
    time: new Date(event.occurredAt ?? timeOfId(event.id)).toISOString(),
    ...definedOf({
      subject: content.subject,
      partitionkey: content.orderingKey,
      traceparent: content.trace?.traceparent ?? null,
      tracestate: content.trace?.tracestate ?? null,
    }),
  };
  const extensions = content.extensions === null ? {} : extensionsOf(content.extensions, attributes);
  return withData(JSON.stringify({ ...attributes, ...extensions }), content.payload);
}

function definedOf(values: Readonly<Record<string, string | null>>): Readonly<Record<string, string | null>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
}

/** `id` is the one attribute that an extension may replace: no name stands twice. */
function extensionsOf(text: string, attributes: object): Readonly<Record<string, unknown>> {
  const extensions = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const isFree = (name: string): boolean =>
    name === "id" || !(Object.hasOwn(attributes, name) || name === "data");
  return Object.fromEntries(Object.entries(extensions).filter(([name]) => isFree(name)));
}

/** RFC 3986: escapes what is there already stay, everything else that has no meaning in a URI is escaped. */
function toUriReference(source: string): string {
  return source
    .toWellFormed()
    .replace(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/gu, (character) =>
      encodeURIComponent(character),
    );
}

function withData(head: string, payload: Uint8Array): Buffer {
  const opening = `${head.slice(0, -1)},"data":`;
  const openingBytes = Buffer.byteLength(opening);
  const body = Buffer.allocUnsafe(openingBytes + payload.byteLength + 1);
  body.write(opening);
  body.set(payload, openingBytes);
  body.write("}", body.length - 1);
  return body;
}
