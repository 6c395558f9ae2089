import type * as wire from "../generated/types.gen.ts";
import { findTexts, type JsonPath } from "./find-text.ts";

/** What the client adds to an event as it came. */
interface PayloadParts {
  /** As `JSON.parse` gives it: numbers beyond 2⁵³ are rounded, `1e400` is Infinity. Null if there is a `payload_url`. */
  readonly payload: unknown;
  /** The payload's own text, exactly as it came; null if there is a `payload_url` instead. */
  readonly payloadText: string | null;
}

/** An event: an immutable fact. */
export type Event = Omit<wire.Event, "payload"> & PayloadParts;

/** An event with what has become of it. */
export type EventWithStatus = Omit<wire.EventWithStatus, "payload"> & PayloadParts;

export type LeasedDelivery = Omit<wire.LeasedDelivery, "event"> & { readonly event: Event };
export type WaitingDelivery = Omit<wire.WaitingDelivery, "event"> & { readonly event: Event };

/**
 * Reads an event from its JSON, such as the body of a webhook of format `event`, with `payloadText`.
 *
 * @throws SyntaxError if the text is not JSON.
 */
export function parseEvent(text: string): Event {
  return withPayloadTexts(text, JSON.parse(text), ALONE) as Event;
}

export interface EventPlaces {
  /** The events in a parsed answer, in the order of the text. */
  readonly events: (answer: never) => readonly unknown[];
  /** Where their payloads stand in its text. */
  readonly path: JsonPath;
}

/** Gives each event of an answer the text of its payload. */
export function withPayloadTexts(text: string, answer: unknown, { events, path }: EventPlaces): unknown {
  const texts = findTexts(text, path);
  events(answer as never).forEach((event, index) => {
    const found = texts[index] ?? null;
    const isElsewhere = typeof event === "object" && event !== null && "payload_url" in event;
    Object.assign(event as object, { payloadText: isElsewhere ? null : found });
  });
  return answer;
}

export const ALONE: EventPlaces = { events: (event) => [event], path: ["payload"] };

export const IN_PAGE: EventPlaces = {
  events: ({ data }: { data: unknown[] }) => data,
  path: ["data", "*", "payload"],
};

export const IN_WAITING: EventPlaces = {
  events: ({ data }: { data: { event: unknown }[] }) => data.map(({ event }) => event),
  path: ["data", "*", "event", "payload"],
};

export const IN_LEASE: EventPlaces = {
  events: ({ deliveries }: { deliveries: { event: unknown }[] }) => deliveries.map(({ event }) => event),
  path: ["deliveries", "*", "event", "payload"],
};
