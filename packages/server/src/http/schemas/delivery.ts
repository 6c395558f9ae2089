import { z } from "zod";
import { DELIVERY_STATES } from "../../domain/delivery.ts";
import { factOutput } from "./event.ts";
import { idOutput } from "./id.ts";
import { timeOutput } from "./time.ts";

export const deliveryIdOutput = z.string().meta({ description: "Opaque: at most 80 of A-Z a-z 0-9 _ -." });

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
    state_reason: z.string().nullable(),
    attempt: attemptOutput,
    due_at: timeOutput.meta({ description: "When it may go out; while leased, when the lease ends." }),
    created_at: timeOutput,
    settled_at: timeOutput.nullable(),
  })
  .meta({ id: "Delivery" });

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
