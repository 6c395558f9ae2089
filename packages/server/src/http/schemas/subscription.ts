import { z } from "zod";
import { isUuid } from "../../domain/ids.ts";
import {
  CHANNELS,
  MAIN_MATCHES,
  PULL_MAX_ATTEMPTS,
  SUBSCRIPTION_LIMITS,
  SUBSCRIPTION_STATES,
} from "../../domain/subscription.ts";
import type { SchemaExamples } from "./examples.ts";
import { idOutput } from "./id.ts";
import { textInput } from "./text.ts";
import { timeInput, timeOutput } from "./time.ts";

const ON_DEAD = ["park", "skip"] as const;

/** Where an inbox is asked for, an id and a name stand in the same place. */
const nameInput = textInput(SUBSCRIPTION_LIMITS.nameLength)
  .refine((name) => !isUuid(name), "must not look like an id")
  .meta({ description: "Unique in the project." });

/** Not a record: zod leaves `__proto__` out of those. */
const filterInput = z
  .unknown()
  .refine((filter) => filter === null || (typeof filter === "object" && !Array.isArray(filter)), {
    message: "must be an object",
  })
  .meta({
    type: ["object", "null"],
    description: "EventBridge event pattern over the event; null: everything.",
  });

const retryInput = z.strictObject({
  max_attempts: z
    .int()
    .min(1)
    .max(SUBSCRIPTION_LIMITS.maxAttempts)
    .meta({ description: "Leases of one delivery, then it is dead." }),
});

const labelsInput = z
  .array(textInput(SUBSCRIPTION_LIMITS.labelLength))
  .max(SUBSCRIPTION_LIMITS.labels)
  .refine((labels) => new Set(labels).size === labels.length, "must name each label once");

const expiryInput = timeInput.nullable().meta({ description: "When it ends by itself; null: never." });

export const subscriptionInput = z
  .strictObject({
    name: nameInput,
    channel: z.literal("inbox"),
    filter: filterInput.default(null),
    retry: retryInput.default({ max_attempts: PULL_MAX_ATTEMPTS }),
    ordered: z
      .boolean()
      .default(false)
      .meta({ description: "Events of one `ordering_key` one at a time, in order." }),
    on_dead: z
      .enum(ON_DEAD)
      .default("park")
      .meta({ description: "Whether a dead delivery holds those behind it in its lane." }),
    labels: labelsInput.default([]),
    start_from: z.literal("now").default("now"),
    expires_at: expiryInput.default(null),
  })
  .meta({ id: "SubscriptionInput" });

/** Stands for a field that is what it is for good. */
const immutable = z
  .unknown()
  .refine(() => false, {
    message: "cannot be changed; make a new subscription",
    params: { code: "immutable_field" },
  })
  .optional()
  .meta({ description: "Cannot be changed (422 `immutable_field`)." });

export const subscriptionChange = z
  .strictObject({
    name: nameInput.optional(),
    filter: filterInput.optional(),
    matches: z.enum(MAIN_MATCHES).optional().meta({ description: "Of the main inbox alone." }),
    retry: retryInput.optional(),
    labels: labelsInput.optional(),
    expires_at: expiryInput.optional(),
    channel: immutable,
    ordered: immutable,
    on_dead: immutable,
  })
  .meta({ id: "SubscriptionChange" });

export const subscriptionOutput = z
  .object({
    id: idOutput,
    name: z.string().nullable(),
    channel: z.enum(CHANNELS),
    matches: z
      .enum(MAIN_MATCHES)
      .optional()
      .meta({ description: "Of the main inbox alone: which events it takes." }),
    filter: filterInput,
    retry: z.object({ max_attempts: z.int() }),
    ordered: z.boolean(),
    on_dead: z.enum(ON_DEAD),
    labels: z.array(z.string()),
    start_from: z.literal("now"),
    expires_at: timeOutput.nullable(),
    state: z.enum(SUBSCRIPTION_STATES).exclude(["deleted"]),
    state_reason: z.string().nullable(),
    catching_up: z.boolean().meta({ description: "A back-fill has not come to the present yet." }),
    effective_at: timeOutput.meta({ description: "From then on every node matches by the present filter." }),
    created_at: timeOutput,
    updated_at: timeOutput,
  })
  .meta({ id: "Subscription" });

export const subscriptionExamples: SchemaExamples = {
  SubscriptionInput: {
    schema: subscriptionInput,
    valid: {
      "an inbox for everything": { name: "audit", channel: "inbox" },
      "an ordered inbox for large orders": {
        name: "large-orders",
        channel: "inbox",
        filter: {
          type: [{ prefix: "order." }],
          payload: { amount: [{ numeric: [">", 1_000] }] },
        },
        retry: { max_attempts: 5 },
        ordered: true,
        on_dead: "skip",
        labels: ["customer:acme"],
        start_from: "now",
        expires_at: "2027-01-01T00:00:00Z",
      },
    },
    invalid: {
      "an inbox without a name": { value: { channel: "inbox" }, fault: "/name is required" },
      "a channel that is not there": {
        value: { name: "n", channel: "webhook" },
        fault: '/channel must be "inbox"',
      },
      "a start in the past": {
        value: { name: "n", channel: "inbox", start_from: "earliest" },
        fault: '/start_from must be "now"',
      },
      "a name like an id": {
        value: { name: "019a0000-0000-7000-8000-000000000000", channel: "inbox" },
        fault: "/name must not look like an id",
      },
      "a filter that is no object": {
        value: { name: "n", channel: "inbox", filter: ["order.*"] },
        fault: "/filter must be an object",
      },
      "no attempt at all": {
        value: { name: "n", channel: "inbox", retry: { max_attempts: 0 } },
        fault: "/retry/max_attempts must be at least 1",
      },
      "half an attempt": {
        value: { name: "n", channel: "inbox", retry: { max_attempts: 1.5 } },
        fault: "/retry/max_attempts must be a whole number",
      },
      "a label twice": {
        value: { name: "n", channel: "inbox", labels: ["a", "a"] },
        fault: "/labels must name each label once",
      },
      "an unknown field": {
        value: { name: "n", channel: "inbox", "a/b": 1 },
        fault: "/a~1b is not a field here",
      },
    },
  },
  SubscriptionChange: {
    schema: subscriptionChange,
    valid: { "nothing to change": {}, "a new filter": { filter: { type: ["order.created"] } } },
    invalid: {
      "a new channel": {
        value: { channel: "webhook" },
        fault: "/channel cannot be changed; make a new subscription",
      },
      "no name any more": { value: { name: null }, fault: "/name must be a string" },
    },
  },
};
