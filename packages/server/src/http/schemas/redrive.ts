import { z } from "zod";
import type { SchemaExamples } from "./examples.ts";
import { idInput } from "./id.ts";
import { dryRunInput } from "./replay.ts";
import { textInput } from "./text.ts";
import { timeInput } from "./time.ts";

const REASON_LENGTH = 500;

const reason = textInput(REASON_LENGTH).nullish();

export const redriveInput = z
  .strictObject({
    subscription_id: idInput("a subscription").nullish(),
    after: timeInput.nullish().meta({ description: "Made then or later." }),
    before: timeInput.nullish().meta({ description: "Made before then." }),
    reason: reason.meta({
      description: "Dead for this very reason, see `state_reason`.",
      examples: ["http_500", "attempts_exhausted"],
    }),
    dry_run: dryRunInput,
  })
  .meta({ id: "RedriveInput", description: "Which dead letters; what is absent does not matter." });

export const cancelInput = z
  .strictObject({ reason: reason.meta({ description: "For people; becomes `state_reason`." }) })
  .meta({ id: "CancelInput" });

export const redriveExamples: SchemaExamples = {
  RedriveInput: {
    schema: redriveInput,
    valid: {
      "all dead letters": {},
      "what one subscription lost on a day": {
        subscription_id: "019a0000-0000-7000-8000-000000000000",
        after: "2026-11-22T00:00:00Z",
        before: "2026-11-23T00:00:00Z",
        reason: "http_500",
      },
      "how many there are": { dry_run: true },
    },
    invalid: {
      "a name instead of an id": {
        value: { subscription_id: "main" },
        fault: "/subscription_id must be the id of a subscription",
      },
      "an empty reason": { value: { reason: "" }, fault: "/reason must not be empty" },
      "a dry run in a number": { value: { dry_run: 1 }, fault: "/dry_run must be true or false" },
    },
  },
  CancelInput: {
    schema: cancelInput,
    valid: { "without a word": {}, "with a reason": { reason: "the order was withdrawn" } },
    invalid: {
      "a long reason": {
        value: { reason: "r".repeat(501) },
        fault: "/reason must be at most 500 characters long",
      },
    },
  },
};
