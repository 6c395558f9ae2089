import { z } from "zod";
import { SUBSCRIPTION_LIMITS } from "../../domain/subscription.ts";
import { deliveryIdOutput, leasedOutput } from "./delivery.ts";
import type { SchemaExamples } from "./examples.ts";
import { textInput } from "./text.ts";
import { timeOutput } from "./time.ts";

const ITEMS = 1_000;
/** 12 h. */
const HOLD_SECONDS = 43_200;
const WAIT_SECONDS = 60;
const REASON_LENGTH = 500;
const TOKEN_LENGTH = 256;

/** Which inbox, in a query. */
export const inboxQuery = z
  .string()
  .max(SUBSCRIPTION_LIMITS.nameLength)
  .default("main")
  .meta({ description: "Id or name of the inbox." });

/** Of the settles: without it, ids of deliveries say enough. */
export const settleQuery = z.strictObject({
  inbox: z
    .string()
    .max(SUBSCRIPTION_LIMITS.nameLength)
    .optional()
    .meta({ description: "Id or name of an inbox: deliveries of others are `not_found` then." }),
});

export const leaseInput = z
  .strictObject({
    limit: z.int().min(1).max(ITEMS).default(10).meta({ description: "Deliveries to take, at most." }),
    lease_seconds: z
      .int()
      .min(1)
      .max(HOLD_SECONDS)
      .default(60)
      .meta({ description: "How long they are yours before somebody else may take them." }),
    wait_seconds: z
      .int()
      .min(0)
      .max(WAIT_SECONDS)
      .default(0)
      .meta({ description: "How long to wait for the first one if there is none." }),
  })
  .meta({ id: "LeaseInput" });

export const leaseOutput = z.object({ deliveries: z.array(leasedOutput) }).meta({ id: "Lease" });

/** A delivery that the caller holds. Ids that are none are answered like unknown ones. */
const held = {
  delivery_id: textInput(TOKEN_LENGTH).meta({ description: "As it was leased." }),
  lease_token: textInput(TOKEN_LENGTH).meta({ description: "As it was leased." }),
};
const reason = textInput(REASON_LENGTH).nullish().meta({ description: "For people." });

const itemsOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({ deliveries: z.array(item).min(1).max(ITEMS) });

export const ackInput = itemsOf(z.strictObject(held)).meta({ id: "AckInput" });

export const releaseInput = itemsOf(
  z.strictObject({
    ...held,
    delay_seconds: z
      .int()
      .min(0)
      .max(HOLD_SECONDS)
      .default(0)
      .meta({ description: "Not to be handed out again before." }),
    reason,
  }),
).meta({ id: "ReleaseInput" });

export const buryInput = itemsOf(z.strictObject({ ...held, reason })).meta({ id: "BuryInput" });

export const extendInput = itemsOf(
  z.strictObject({
    ...held,
    lease_seconds: z
      .int()
      .min(1)
      .max(HOLD_SECONDS)
      .meta({ description: "From now on. A delivery is held for 12 h at most; a longer wish is cut." }),
  }),
).meta({ id: "ExtendInput" });

const resultsOf = <const O extends readonly [string, ...string[]]>(outcomes: O) =>
  z.object({
    results: z
      .array(z.object({ delivery_id: deliveryIdOutput, outcome: z.enum(outcomes) }))
      .meta({ description: "In the order sent." }),
  });

export const ackOutput = resultsOf(["acknowledged", "already_acknowledged", "lease_lost", "not_found"]).meta({
  id: "AckResults",
});
export const releaseOutput = resultsOf(["released", "lease_lost", "not_found"]).meta({
  id: "ReleaseResults",
});
export const buryOutput = resultsOf(["buried", "lease_lost", "not_found"]).meta({ id: "BuryResults" });
export const extendOutput = z
  .object({
    results: z.array(
      z.object({
        delivery_id: deliveryIdOutput,
        outcome: z.enum(["extended", "lease_lost", "not_found"]),
        lease_expires_at: timeOutput.optional().meta({ description: "With `extended`." }),
      }),
    ),
  })
  .meta({ id: "ExtendResults" });

const one = {
  delivery_id: "AZrAVn8BcACAAAAAAAAAAAAAAAAAAHAAgAAAAAAAAAA",
  lease_token: "wLVf0GkYw1oXl2pYp0Qm6A.0",
};

export const inboxExamples: SchemaExamples = {
  LeaseInput: {
    schema: leaseInput,
    valid: { "ten for a minute": {}, "wait for work": { limit: 100, lease_seconds: 300, wait_seconds: 30 } },
    invalid: {
      none: { value: { limit: 0 }, fault: "/limit must be at least 1" },
      "too many": { value: { limit: 1_001 }, fault: "/limit must be at most 1000" },
      "more than 12 h": { value: { lease_seconds: 43_201 }, fault: "/lease_seconds must be at most 43200" },
      "half a second": { value: { wait_seconds: 0.5 }, fault: "/wait_seconds must be a whole number" },
      "a wait of two minutes": { value: { wait_seconds: 120 }, fault: "/wait_seconds must be at most 60" },
      "an unknown field": { value: { max: 1 }, fault: "/max is not a field here" },
    },
  },
  AckInput: {
    schema: ackInput,
    valid: { "one delivery": { deliveries: [one] } },
    invalid: {
      none: { value: { deliveries: [] }, fault: "/deliveries must not be empty" },
      "no token": {
        value: { deliveries: [{ delivery_id: one.delivery_id }] },
        fault: "/deliveries/0/lease_token is required",
      },
      "more than a thousand": {
        value: { deliveries: new Array(1_001).fill(one) },
        fault: "/deliveries must have at most 1000 items",
      },
    },
  },
  ReleaseInput: {
    schema: releaseInput,
    valid: {
      "at once": { deliveries: [one] },
      "in five minutes": { deliveries: [{ ...one, delay_seconds: 300, reason: "the shop is closed" }] },
    },
    invalid: {
      "a delay of a day": {
        value: { deliveries: [{ ...one, delay_seconds: 86_400 }] },
        fault: "/deliveries/0/delay_seconds must be at most 43200",
      },
      "a long reason": {
        value: { deliveries: [{ ...one, reason: "r".repeat(501) }] },
        fault: "/deliveries/0/reason must be at most 500 characters long",
      },
    },
  },
  BuryInput: {
    schema: buryInput,
    valid: { "with a reason": { deliveries: [{ ...one, reason: "no such customer" }] } },
    invalid: {
      "a delay": {
        value: { deliveries: [{ ...one, delay_seconds: 1 }] },
        fault: "/deliveries/0/delay_seconds is not a field here",
      },
    },
  },
  ExtendInput: {
    schema: extendInput,
    valid: { "five minutes more": { deliveries: [{ ...one, lease_seconds: 300 }] } },
    invalid: {
      "no time": { value: { deliveries: [one] }, fault: "/deliveries/0/lease_seconds is required" },
      "an empty id": {
        value: { deliveries: [{ ...one, delivery_id: "", lease_seconds: 1 }] },
        fault: "/deliveries/0/delivery_id must not be empty",
      },
    },
  },
};
