import { z } from "zod";
import { EVENT_LIMITS } from "../../domain/event.ts";
import { isObject, type JsonObject, type JsonValue } from "../../domain/filter/filterable-event.ts";
import type { SchemaExamples } from "./examples.ts";
import { idInput, idOutput } from "./id.ts";

/** Events that a filter is tried on at once, at most. */
const LAST = 100;

/** Not a record: zod leaves `__proto__` out of those. */
export const filterInput = z
  .unknown()
  .refine((filter) => filter === null || isObject(filter as JsonValue), "must be an object")
  .meta({
    type: ["object", "null"],
    description: "EventBridge event pattern over the event; null: everything.",
  });

const nameOf = (length: number) => z.string().max(length).nullish();
const tags = z.array(z.string()).nullish();
/** Filters do not look at it. */
const passedOver = z.unknown().optional();

const sampleEvent = z
  .strictObject({
    type: nameOf(EVENT_LIMITS.typeLength),
    source: nameOf(EVENT_LIMITS.sourceLength),
    subject: nameOf(EVENT_LIMITS.subjectLength),
    tags,
    metadata: z
      .custom<JsonObject | null>(
        (value) => value === null || isObject(value as JsonValue),
        "must be an object",
      )
      .optional()
      .meta({ type: ["object", "null"] }),
    payload: z.custom<JsonValue>().optional().meta({ description: "Any JSON value." }),
    ...{ id: passedOver, timestamp: passedOver, occurred_at: passedOver, ordering_key: passedOver },
    ...{ deliver_at: passedOver, extensions: passedOver, status: passedOver, payload_url: passedOver },
  })
  .meta({
    id: "SampleEvent",
    description:
      "An event as it is sent or as it is answered. Fields that filters do not look at are passed over.",
  });

export type SampleEvent = z.output<typeof sampleEvent>;

const PLACES = ["event", "event_id", "last"] as const;

export const filterTestInput = z
  .strictObject({
    filter: filterInput,
    event: sampleEvent.optional(),
    event_id: idInput("an event").optional(),
    last: z.int().min(1).max(LAST).optional().meta({ description: "So many of the newest events." }),
  })
  .refine((test) => PLACES.filter((place) => test[place] !== undefined).length === 1, {
    message: "must have exactly one of `event`, `event_id` and `last`",
  })
  .meta({ id: "FilterTest" });

const failedOutput = z
  .object({
    pointer: z
      .string()
      .meta({ description: "JSON pointer into the filter; empty when no single clause is to blame." }),
    pattern: z.unknown().meta({ description: "What the clause asks for." }),
    value: z
      .unknown()
      .meta({ description: "What the event has there, shortened to about 1 KiB; null when it is absent." }),
  })
  .nullable()
  .meta({ id: "FailedClause", description: "The first clause that fails; null: none does." });

const judgementFields = { matched: z.boolean(), failed: failedOutput };

const judgementOutput = z.object(judgementFields).meta({ id: "FilterJudgement" });

const judgementsOutput = z
  .object({ data: z.array(z.object({ event_id: idOutput, ...judgementFields })) })
  .meta({ id: "FilterJudgements" });

export const filterTestOutput = z.union([judgementOutput, judgementsOutput]);

export const explanationOutput = z
  .object({ subscription_id: idOutput, name: z.string().nullable(), ...judgementFields })
  .meta({ id: "EventExplanation" });

export const filterExamples: SchemaExamples = {
  FilterTest: {
    schema: filterTestInput,
    valid: {
      "an event that is not stored": {
        filter: { type: [{ prefix: "order." }], payload: { amount: [{ numeric: [">", 1_000] }] } },
        event: { type: "order.created", payload: { amount: 999 } },
      },
      "a stored event": {
        filter: { source: ["shop"] },
        event_id: "019a0000-0000-7000-8000-000000000000",
      },
      "the newest events": { filter: { tags: ["eu"] }, last: 100 },
    },
    invalid: {
      "no event": {
        value: { filter: {} },
        fault: " must have exactly one of `event`, `event_id` and `last`",
      },
      "two events": {
        value: { filter: {}, event: {}, last: 1 },
        fault: " must have exactly one of `event`, `event_id` and `last`",
      },
      "too many": { value: { filter: {}, last: 101 }, fault: "/last must be at most 100" },
      "no filter": { value: { event: {} }, fault: "/filter must be an object" },
      "an event with an unknown field": {
        value: { filter: {}, event: { payloads: {} } },
        fault: "/event/payloads is not a field here",
      },
      "metadata that is a list": {
        value: { filter: {}, event: { metadata: [] } },
        fault: "/event/metadata must be an object",
      },
    },
  },
};
