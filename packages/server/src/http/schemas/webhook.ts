import { z } from "zod";
import { TARGET_URL_LENGTH } from "../../domain/judge-url.ts";
import { DEFAULT_SCHEDULE_SECONDS, SCHEDULE_LIMITS } from "../../domain/retry-schedule.ts";
import { SUBSCRIPTION_LIMITS } from "../../domain/subscription.ts";
import { WEBHOOK_DEFAULTS, WEBHOOK_FORMATS, WEBHOOK_LIMITS } from "../../domain/webhook.ts";
import { checkSecret, SIGNATURE_VERSIONS } from "../../domain/webhook-secret.ts";

/** Stands for the value of a header in answers. */
export const MASKED = "***";

/** Slower is better done by a schedule or a pause. */
const LEAST_RATE = 0.01;

/** Not a record: zod leaves `__proto__` out of those, which is a sound name of a header. */
const headersInput = z
  .custom<Readonly<Record<string, string>>>()
  .superRefine((headers: unknown, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (typeof headers !== "object" || headers === null || Array.isArray(headers))
      return refuse([], "must be an object");
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value !== "string") refuse([name], "must be a string");
      else if (value === MASKED) refuse([name], "must be the value itself, which answers do not show");
    }
  })
  .meta({
    type: "object",
    additionalProperties: { type: "string" },
    description: "Sent with every request. The values are write-only.",
  });

/** Whether push may go there is judged by its address, and by the networks that the operator allows. */
const url = z.string().min(1).max(TARGET_URL_LENGTH).meta({
  format: "uri",
  description:
    "`https` or `http`, without credentials. Only public addresses are reached, and networks that the operator allows.",
});

const format = z.enum(WEBHOOK_FORMATS).meta({
  description:
    "What the body is: `event` the whole Event, `payload` its payload alone, byte for byte as it was sent, `cloudevents` a structured CloudEvent.",
});

const timeoutSeconds = z
  .int()
  .min(1)
  .max(WEBHOOK_LIMITS.timeoutSeconds)
  .meta({ description: "From the start of a request to the end of its answer." });

const ratePerSecond = z
  .number()
  .min(LEAST_RATE)
  .max(WEBHOOK_LIMITS.ratePerSecond)
  .nullable()
  .meta({ description: "Requests begun in any second, at most; null: no limit." });

const maxInFlight = z
  .int()
  .min(1)
  .max(WEBHOOK_LIMITS.maxInFlight)
  .meta({ description: "Requests without an answer at a time, at most." });

export const webhookInput = z
  .strictObject({
    url,
    format: format.default(WEBHOOK_DEFAULTS.format),
    headers: headersInput.default({}),
    timeout_seconds: timeoutSeconds.default(WEBHOOK_DEFAULTS.timeoutSeconds),
    rate_per_second: ratePerSecond.default(null),
    max_in_flight: maxInFlight.default(WEBHOOK_DEFAULTS.maxInFlight),
  })
  .meta({ id: "WebhookInput" });

export const webhookChange = z
  .strictObject({
    url: url.optional(),
    format: format.optional(),
    headers: headersInput.optional().meta({ description: "Put in place of all there were." }),
    timeout_seconds: timeoutSeconds.optional(),
    rate_per_second: ratePerSecond.optional(),
    max_in_flight: maxInFlight.optional(),
  })
  .meta({ id: "WebhookChange", description: "Fields that are absent stay as they are." });

export const webhookOutput = z
  .object({
    url,
    format,
    headers: z.custom<Readonly<Record<string, typeof MASKED>>>().meta({
      type: "object",
      additionalProperties: { const: MASKED },
      description: "The names; the values are not shown.",
    }),
    timeout_seconds: timeoutSeconds,
    rate_per_second: ratePerSecond,
    max_in_flight: maxInFlight,
  })
  .meta({ id: "Webhook" });

export const secretInput = z
  .string()
  .superRefine((secret, context) => {
    const message = checkSecret(secret);
    if (message !== null) context.addIssue({ code: "custom", message });
  })
  .meta({
    description:
      "`whsec_` and the base64 of 24 to 64 bytes, or `whsk_` and the base64 of an Ed25519 seed with its public key, which sign (Standard Webhooks). Absent: one is made.",
  });

export const signatureInput = z.enum(SIGNATURE_VERSIONS);

const secretOutput = z.string().meta({
  description:
    "What requests are signed with (Standard Webhooks): `whsec_…` for `v1`, `whsk_…` for `v1a`. Shown when it is made, and by `GET …/secret`.",
});

const publicKeyOutput = z
  .string()
  .optional()
  .meta({ description: "Of `v1a` alone: `whpk_…`, all that a receiver needs to verify." });

/** A secret as it is shown. */
export const shownSecret = { secret: secretOutput, public_key: publicKeyOutput };

export const maxAttemptsInput = z.int().min(1).max(SUBSCRIPTION_LIMITS.maxAttempts);

export const scheduleInput = z
  .array(z.number().min(0).max(SCHEDULE_LIMITS.stepSeconds))
  .min(1)
  .max(SCHEDULE_LIMITS.steps)
  .nullable()
  .meta({
    examples: [DEFAULT_SCHEDULE_SECONDS],
    description: `Item i is the wait before attempt i + 1, each made up to a fifth shorter or longer; the last one repeats. Null: the default, ${DEFAULT_SCHEDULE_SECONDS.length} attempts over about 75 hours.`,
  });
