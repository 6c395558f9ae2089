import type { NewEvent } from "../../flow/new-event.ts";
import { addFieldFault, type Envelope } from "../envelope.ts";
import { textOf } from "../json-door/decode-text.ts";
import type { JsonMember } from "../json-door/json-parts.ts";
import type { EnvelopeTerms } from "../read-event.ts";
import { type Attributes, type AttributeValue, integerOf, putAttribute } from "./attributes.ts";
import { refuseData, toEvent } from "./to-event.ts";

/** Reads a CloudEvent in the JSON event format from the ranges of its members; its data is not parsed. */
export function readStructured(
  bytes: Buffer,
  members: readonly JsonMember[],
  terms: EnvelopeTerms,
): NewEvent {
  const envelope: Envelope = { bytes, pointer: terms.pointer, faults: [] };
  const attributes: Attributes = new Map();
  let data: Buffer | null = null;
  for (const member of members) {
    if (member.key === "data") data = bytes.subarray(member.start, member.end);
    else if (member.kind === "null") continue;
    else if (member.key === "data_base64") throw refuseData();
    else {
      const value = valueIn(envelope, member);
      if (value !== null) putAttribute(envelope, attributes, [member.key, value]);
    }
  }
  return toEvent(envelope, { attributes, data }, terms);
}

function valueIn(envelope: Envelope, member: JsonMember): AttributeValue | null {
  const { bytes } = envelope;
  switch (member.kind) {
    case "string":
      return textOf(bytes, member);
    case "boolean":
      return member.end - member.start === "true".length;
    case "number": {
      const value = integerOf(bytes.toString("latin1", member.start, member.end));
      if (value === null) addFieldFault(envelope, member.key, "must be a whole number of 32 bits");
      return value;
    }
    default:
      addFieldFault(envelope, member.key, "must be a string, true, false or a whole number");
      return null;
  }
}
