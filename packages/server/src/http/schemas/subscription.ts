import { z } from "zod";
import { isUuid } from "../../domain/ids.ts";
import { CHANNELS, MAIN_MATCHES, PULL_MAX_ATTEMPTS, SUBSCRIPTION_LIMITS } from "../../domain/subscription.ts";
import { WEBHOOK_LIMITS } from "../../domain/webhook.ts";
import { filterInput } from "./filter.ts";
import { textInput } from "./text.ts";
import { timeInput } from "./time.ts";
import {
  maxAttemptsInput,
  scheduleInput,
  secretInput,
  signatureInput,
  webhookChange,
  webhookInput,
} from "./webhook.ts";

export const ON_DEAD = ["park", "skip"] as const;

/** Where an inbox is asked for, an id and a name stand in the same place. */
export const nameInput = textInput(SUBSCRIPTION_LIMITS.nameLength)
  .refine((name) => !isUuid(name), "must not look like an id")
  .meta({ description: "Unique in the project." });

export const labelInput = textInput(SUBSCRIPTION_LIMITS.labelLength);

const labelsInput = z
  .array(labelInput)
  .max(SUBSCRIPTION_LIMITS.labels)
  .refine((labels) => new Set(labels).size === labels.length, "must name each label once");

const expiryInput = timeInput.nullable().meta({ description: "When it ends by itself; null: never." });

const orderedInput = z
  .boolean()
  .meta({ description: "Events of one `ordering_key` one at a time, in order. Cannot be changed." });

const onDeadInput = z.enum(ON_DEAD).meta({
  description: "Whether a dead delivery holds those behind it in its lane. Cannot be changed.",
});

const startFromInput = z
  .union([z.enum(["now", "earliest"]), timeInput], {
    error: 'must be "now", "earliest" or a time as RFC 3339 writes it',
  })
  .default("now")
  .meta({
    description:
      "The first events it gets: those accepted from now on, all that are kept, or those accepted since a time. Default: now.",
  });

const common = {
  filter: filterInput.default(null),
  labels: labelsInput.default([]),
  start_from: startFromInput,
  expires_at: expiryInput.default(null),
};

const inboxFields = {
  channel: z.literal("inbox"),
  ...common,
  retry: z
    .strictObject({
      max_attempts: maxAttemptsInput.meta({ description: "Leases of one delivery, then it is dead." }),
    })
    .default({ max_attempts: PULL_MAX_ATTEMPTS }),
};

const webhookFields = {
  channel: z.literal("webhook"),
  ...common,
  webhook: webhookInput,
  retry: z
    .strictObject({
      max_attempts: maxAttemptsInput.optional().meta({
        description: "Requests for one delivery, then it is dead. Default: the length of the schedule.",
      }),
      schedule_seconds: scheduleInput.default(null),
    })
    .default({ schedule_seconds: null }),
  secret: secretInput.optional(),
  signature: signatureInput.optional().meta({
    description:
      "What a secret that is made signs by: `v1` (HMAC-SHA256, the default) or `v1a` (Ed25519, verified with a public key).",
  }),
};

/** Refuses a channel that is not there by the channels that are. */
const channelFault = {
  error: (issue: z.core.$ZodRawIssue): string | undefined => {
    if (issue.code !== "invalid_union") return undefined;
    const isMissing = (issue.input as { channel?: unknown } | undefined)?.channel === undefined;
    return isMissing ? "is required" : `must be one of ${CHANNELS.map((one) => `"${one}"`).join(", ")}`;
  },
};

const laneFields = { ordered: orderedInput.default(false), on_dead: onDeadInput.default("park") };

export const subscriptionInput = z
  .discriminatedUnion(
    "channel",
    [
      z.strictObject({ name: nameInput, ...inboxFields, ...laneFields }).meta({ id: "InboxInput" }),
      z
        .strictObject({ name: nameInput.nullable().default(null), ...webhookFields, ...laneFields })
        .meta({ id: "WebhookSubscriptionInput" }),
    ],
    channelFault,
  )
  .meta({ id: "SubscriptionInput" });

/** What is absent here is what it is, or the default when it is made. */
const unchangedFields = { ordered: orderedInput.optional(), on_dead: onDeadInput.optional() };

export const namedSubscriptionInput = z
  .discriminatedUnion(
    "channel",
    [
      z.strictObject({ ...inboxFields, ...unchangedFields }).meta({ id: "NamedInboxInput" }),
      z.strictObject({ ...webhookFields, ...unchangedFields }).meta({ id: "NamedWebhookInput" }),
    ],
    channelFault,
  )
  .meta({ id: "NamedSubscriptionInput", description: "A subscription whose name stands in the path." });

export const CANNOT_CHANGE = "cannot be changed; make a new subscription";

/** Stands for a field that is what it is for good. */
const immutable = z
  .unknown()
  .refine(() => false, { message: CANNOT_CHANGE, params: { code: "immutable_field" } })
  .optional()
  .meta({ description: "Cannot be changed (422 `immutable_field`)." });

export const subscriptionChange = z
  .strictObject({
    name: nameInput.nullable().optional().meta({ description: "Null: none; an inbox needs one." }),
    filter: filterInput.optional(),
    matches: z.enum(MAIN_MATCHES).optional().meta({ description: "Of the main inbox alone." }),
    webhook: webhookChange.optional().meta({ description: "Of a webhook alone." }),
    retry: z
      .strictObject({
        max_attempts: maxAttemptsInput.optional(),
        schedule_seconds: scheduleInput
          .optional()
          .meta({ description: "Of a webhook alone; null: the default." }),
      })
      .optional(),
    labels: labelsInput.optional(),
    expires_at: expiryInput.optional(),
    channel: immutable,
    ordered: immutable,
    on_dead: immutable,
    start_from: immutable,
  })
  .meta({ id: "SubscriptionChange" });

export const secretRotation = z
  .strictObject({
    overlap_hours: z
      .number()
      .min(0)
      .max(WEBHOOK_LIMITS.overlapHours)
      .default(24)
      .meta({ description: "How long the secret before signs along." }),
    signature: signatureInput
      .optional()
      .meta({ description: "What the new one signs by. Absent: as the one before." }),
  })
  .meta({ id: "SecretRotation" });
