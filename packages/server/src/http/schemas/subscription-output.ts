import { z } from "zod";
import { CHANNELS, MAIN_MATCHES, SUBSCRIPTION_STATES } from "../../domain/subscription.ts";
import { filterInput } from "./filter.ts";
import { idOutput } from "./id.ts";
import { ON_DEAD } from "./subscription.ts";
import { timeOutput } from "./time.ts";
import { shownSecret, webhookOutput } from "./webhook.ts";

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
    webhook: webhookOutput.optional().meta({ description: "Of a webhook alone." }),
    retry: z.object({
      max_attempts: z.int(),
      schedule_seconds: z.array(z.number()).optional().meta({ description: "Of a webhook alone." }),
    }),
    ordered: z.boolean(),
    on_dead: z.enum(ON_DEAD),
    labels: z.array(z.string()),
    start_from: z.union([z.enum(["now", "earliest"]), timeOutput]),
    expires_at: timeOutput.nullable(),
    state: z.enum(SUBSCRIPTION_STATES).exclude(["deleted"]),
    state_reason: z
      .string()
      .nullable()
      .meta({
        description: "Why it is disabled (`no_success`) or has ended (`gone`, `expired`).",
        examples: ["no_success"],
      }),
    catching_up: z.boolean().meta({ description: "A back-fill has not come to the present yet." }),
    effective_at: timeOutput.meta({ description: "From then on every node matches by the present filter." }),
    created_at: timeOutput,
    updated_at: timeOutput,
  })
  .meta({ id: "Subscription" });

export const subscriptionWithSecretOutput = subscriptionOutput
  .extend(shownSecret)
  .meta({ id: "SubscriptionWithSecret" });

export const createdSubscriptionOutput = subscriptionOutput
  .extend({ ...shownSecret, secret: shownSecret.secret.optional() })
  .meta({ id: "CreatedSubscription" });

const countOutput = z
  .object({ count: z.int(), more: z.boolean().meta({ description: "There are more than were counted." }) })
  .meta({ id: "DeliveryCount", description: "Counted to 10,000." });

export const statsOutput = z
  .object({
    pending: countOutput,
    leased: countOutput,
    dead: countOutput,
    next_due_at: timeOutput
      .nullable()
      .meta({ description: "When the next delivery may go out, or the next lease ends; null: none waits." }),
    failing_since: timeOutput
      .nullable()
      .meta({ description: "Since when a webhook has failed without one success; null: it works." }),
  })
  .meta({ id: "SubscriptionStats" });
