import { TriggersError } from "../connection/triggers-error.ts";
import type { EventInput } from "../generated/types.gen.ts";

type Payload =
  | { /** Sent as `JSON.stringify` writes it. */ readonly payload: object; readonly payloadText?: never }
  | {
      readonly payload?: never;
      /** Sent as it is: big numbers, key order and spaces stay. */
      readonly payloadText: string;
    };

/** An event to send: a payload, or its exact text, and what describes it. */
export type NewEvent = Readonly<Omit<EventInput, "payload" | "tags">> & {
  readonly tags?: readonly string[] | null;
} & Payload;

/** One of a batch. */
export type NewBatchEvent = NewEvent & { readonly idempotency_key?: string | null };

/** The JSON of an event to send. */
export function writeEvent(event: NewBatchEvent): string {
  const { payload, payloadText, ...fields } = event;
  const rest = JSON.stringify(fields);
  return `{"payload":${textOf(payload, payloadText)}${rest === "{}" ? "" : ","}${rest.slice(1)}`;
}

function textOf(payload: object | undefined, payloadText: string | undefined): string {
  if ((payload === undefined) === (payloadText === undefined)) {
    throw new TypeError("Give an event either `payload` or `payloadText`.");
  }
  if (payloadText !== undefined) return checked(payloadText);
  const text: string | undefined = JSON.stringify(payload);
  if (text === undefined) throw new TypeError("`payload` must be an object that JSON can hold.");
  return text;
}

/** A text that is no single value would change the fields around it; half a surrogate pair would be sent as U+FFFD. */
function checked(text: string): string {
  if (!isJson(text) || /\p{Cs}/u.test(text)) {
    throw new TriggersError({
      code: "invalid_payload_text",
      detail: "`payloadText` must be one JSON value without lone surrogates.",
    });
  }
  return text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
