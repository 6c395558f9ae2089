import { z } from "zod";
import type { SchemaExamples } from "./examples.ts";
import { filterInput } from "./filter.ts";
import { idInput } from "./id.ts";
import { timeInput } from "./time.ts";

/** Deliveries a second that a replay may make, at most. */
const RATE = 10_000;

const target = idInput("a subscription")
  .nullish()
  .meta({ description: "Where to; absent: every subscription of today that matches." });

export const eventReplayInput = z.strictObject({ subscription_id: target }).meta({ id: "EventReplayInput" });

export const dryRunInput = z.boolean().default(false).meta({ description: "Only count, and answer 200." });

export const replayInput = z
  .strictObject({
    filter: filterInput
      .default(null)
      .meta({ description: "Which events; the filters of the subscriptions hold besides. Null: all." }),
    after: timeInput.nullish().meta({ description: "Accepted then or later." }),
    before: timeInput.nullish().meta({ description: "Accepted before then." }),
    subscription_id: target,
    rate_per_second: z
      .int()
      .min(1)
      .max(RATE)
      .nullish()
      .meta({ description: "Deliveries made in a second; absent: no limit." }),
    dry_run: dryRunInput,
  })
  .meta({ id: "ReplayInput" });

export const replayExamples: SchemaExamples = {
  EventReplayInput: {
    schema: eventReplayInput,
    valid: {
      "to all that match": {},
      "to one": { subscription_id: "019a0000-0000-7000-8000-000000000000" },
    },
    invalid: {
      "a name instead of an id": {
        value: { subscription_id: "main" },
        fault: "/subscription_id must be the id of a subscription",
      },
    },
  },
  ReplayInput: {
    schema: replayInput,
    valid: {
      "a day of orders, slowly": {
        filter: { type: [{ prefix: "order." }] },
        after: "2026-11-22T00:00:00Z",
        before: "2026-11-23T00:00:00Z",
        subscription_id: "019a0000-0000-7000-8000-000000000000",
        rate_per_second: 50,
      },
      "how many there would be": { after: "2026-11-22T00:00:00Z", dry_run: true },
    },
    invalid: {
      "a rate of none": { value: { rate_per_second: 0 }, fault: "/rate_per_second must be at least 1" },
      "half a delivery": {
        value: { rate_per_second: 0.5 },
        fault: "/rate_per_second must be a whole number",
      },
      "a time that is none": {
        value: { after: "yesterday" },
        fault: "/after must be a time as RFC 3339 writes it, such as 2026-11-22T10:00:00.000Z",
      },
      "a dry run in a text": { value: { dry_run: "yes" }, fault: "/dry_run must be true or false" },
      "an unknown field": { value: { since: 1 }, fault: "/since is not a field here" },
    },
  },
};
