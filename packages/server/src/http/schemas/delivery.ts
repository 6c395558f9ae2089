import { z } from "zod";
import { ATTEMPT_ERRORS } from "../../domain/attempt-result.ts";
import { DELIVERY_STATES } from "../../domain/delivery.ts";
import { parseDeliveryId } from "../../domain/ids.ts";
import { factOutput } from "./event.ts";
import { idOutput } from "./id.ts";
import { timeOutput } from "./time.ts";

export const deliveryIdOutput = z.string().meta({ description: "Opaque: at most 80 of A-Z a-z 0-9 _ -." });

/** The id of a delivery, given by a caller. */
export const deliveryIdInput = z
  .string()
  .refine((id) => parseDeliveryId(id) !== null, "must be the id of a delivery")
  .meta({ description: "Id of a delivery, as it was answered." });

const attemptOutput = z.int().meta({ description: "Hand-overs so far." });

export const deliveryOutput = z
  .object({
    id: deliveryIdOutput,
    event_id: idOutput,
    subscription_id: idOutput,
    cause: z.string().meta({ description: "`live`, or the id of the replay that made it." }),
    state: z.enum([...DELIVERY_STATES, "blocked"]).meta({
      description: "`blocked`: pending, and an earlier event of its ordering key is still open.",
    }),
    state_reason: z
      .string()
      .nullable()
      .meta({
        description:
          "Why it is dead or cancelled, or why it was last given back. Of a webhook the last failure: `http_<status>`, or the `error_code` of the attempt. Of an inbox `attempts_exhausted`, `buried`, `poison`, or the reason a consumer gave. Of both `expired`, `gone`, `subscription_deleted`.",
        examples: ["http_500"],
      }),
    attempt: attemptOutput,
    due_at: timeOutput.meta({ description: "When it may go out; while leased, when the lease ends." }),
    created_at: timeOutput,
    settled_at: timeOutput.nullable(),
  })
  .meta({ id: "Delivery" });

const attemptRecordOutput = z
  .object({
    number: z.int().meta({ description: "From 1, over the whole life of the delivery." }),
    started_at: timeOutput,
    duration_ms: z.int(),
    status_code: z.int().nullable().meta({ description: "Of the answer; null: there was none." }),
    error_code: z
      .string()
      .nullable()
      .meta({
        description: `Why there was no answer: ${ATTEMPT_ERRORS.map((code) => `\`${code}\``).join(", ")}.`,
        examples: ["timeout"],
      }),
    response_excerpt: z
      .string()
      .nullable()
      .meta({ description: "The first 4 KiB of the answer; what is not UTF-8 is replaced." }),
  })
  .meta({ id: "Attempt" });

export const deliveryDetailOutput = deliveryOutput
  .extend({
    attempts: z.array(attemptRecordOutput).meta({
      description:
        "The requests to a webhook, first to last; the newest, where not all fit. Leases are only counted.",
    }),
  })
  .meta({ id: "DeliveryWithAttempts" });

export const waitingOutput = z
  .object({
    delivery_id: deliveryIdOutput,
    state: z.enum(DELIVERY_STATES),
    due_at: timeOutput,
    attempt: attemptOutput,
    event: factOutput,
  })
  .meta({ id: "WaitingDelivery" });

export const leasedOutput = z
  .object({
    delivery_id: deliveryIdOutput,
    lease_token: z.string().meta({ description: "Proves the lease; a settle names it." }),
    lease_expires_at: timeOutput,
    attempt: attemptOutput,
    event: factOutput,
  })
  .meta({ id: "LeasedDelivery" });

export const acknowledgedOutput = z
  .object({ event_id: idOutput, outcome: z.enum(["acknowledged", "already_acknowledged"]) })
  .meta({ id: "AcknowledgedEvent" });
