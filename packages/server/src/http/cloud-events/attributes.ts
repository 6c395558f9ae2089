import { addFault, addFieldFault, type Envelope } from "../envelope.ts";

/** An attribute in its type: string (also for URIs, times and binary), 32-bit integer, or boolean. */
export type AttributeValue = string | number | boolean;

/** The context attributes of one CloudEvent by name, unset ones left out. */
export type Attributes = Map<string, AttributeValue>;

const NAME = /^[a-z0-9]+$/;
/** What a string attribute may not hold (CloudEvents 1.0.2, type system); the door has refused lone surrogates. */
const FORBIDDEN = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;
const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;
const URI_REFERENCE = /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** Puts an attribute in its place, or notes what is wrong with its name. */
export function putAttribute(
  envelope: Envelope,
  attributes: Attributes,
  [name, value]: readonly [string, AttributeValue],
): void {
  if (!NAME.test(name)) addFieldFault(envelope, name, "must have a name of lower-case letters and digits");
  else if (typeof value === "string" && FORBIDDEN.test(value))
    addFault(envelope, `/${name}`, "must not contain control characters or noncharacters");
  else attributes.set(name, value);
}

/** The 32-bit integer that a JSON number stands for, or null: it may have neither fraction nor exponent. */
export function integerOf(text: string): number | null {
  const value = Number(text);
  return INTEGER.test(text) && value >= -0x8000_0000 && value <= 0x7fff_ffff ? value : null;
}

/** Takes a string attribute out; null if it is not set. */
export function takeString(envelope: Envelope, attributes: Attributes, name: string): string | null {
  const value = attributes.get(name);
  attributes.delete(name);
  if (value === undefined) return null;
  if (typeof value === "string" && value !== "") return value;
  addFault(envelope, `/${name}`, value === "" ? "must not be empty" : "must be a string");
  return null;
}

/** The same for an attribute that every CloudEvent has; empty text if it is faulty. */
export function takeRequired(envelope: Envelope, attributes: Attributes, name: string): string {
  if (!attributes.has(name)) addFault(envelope, `/${name}`, "is required");
  return takeString(envelope, attributes, name) ?? "";
}

/** True for a URI reference as RFC 3986 writes it; its characters are checked, not its parts. */
export function isUriReference(text: string): boolean {
  return URI_REFERENCE.test(text);
}

/** True for a URI with its scheme. */
export function isUri(text: string): boolean {
  return SCHEME.test(text) && isUriReference(text);
}
