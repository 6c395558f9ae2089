import { z } from "zod";
import { EVENT_LIMITS, EVENT_TYPE } from "../../domain/event.ts";
import { PRIORITIES } from "../../domain/priority.ts";
import { EVENT_STATUSES } from "../../domain/status.ts";
import { idOutput } from "./id.ts";
import { textInput } from "./text.ts";
import { timeInput, timeOutput } from "./time.ts";

/** Any object: its members are the sender's own, whatever their names. */
const anyObject = z.looseObject({});

const tagsInput = z.array(textInput(EVENT_LIMITS.tagLength)).max(EVENT_LIMITS.tags);

const metadataInput = z
  .looseObject({ priority: z.enum(PRIORITIES).optional(), tags: tagsInput.optional() })
  .refine(
    (metadata) => Buffer.byteLength(JSON.stringify(metadata)) <= EVENT_LIMITS.metadataBytes,
    `must be at most ${EVENT_LIMITS.metadataBytes} bytes long`,
  )
  .meta({
    description:
      "Anything, in up to 16 KiB as sent. `priority` (default `normal`) decides what goes first of what waits; `tags` may stand here instead of beside it.",
  });

const deliverAtInput = timeInput.refine(
  (at) => at <= Date.now() + EVENT_LIMITS.deliverAheadMs,
  "must be at most 30 days ahead",
);

/** The fields of an event that its sender may give. `readEvent` checks the same without parsing the payload. */
const eventFields = {
  payload: anyObject.meta({
    description: "What happened: an object. Stored and delivered as the bytes that were sent.",
  }),
  type: z
    .string()
    .max(EVENT_LIMITS.typeLength)
    .regex(EVENT_TYPE, "must be dotted parts of A-Z a-z 0-9 _ -")
    .nullish()
    .meta({ description: "Kind of event.", examples: ["order.created"] }),
  source: textInput(EVENT_LIMITS.sourceLength).nullish().meta({ description: "Where it happened." }),
  subject: textInput(EVENT_LIMITS.subjectLength)
    .nullish()
    .meta({ description: "Whom or what it is about. Sealed when it is stored." }),
  occurred_at: timeInput.nullish().meta({ description: "When it happened, kept to the millisecond." }),
  ordering_key: textInput(EVENT_LIMITS.orderingKeyLength)
    .nullish()
    .meta({ description: "Ordered subscriptions get events of one key one at a time and in order." }),
  tags: tagsInput.nullish().meta({ description: "Labels to filter by; not for personal data." }),
  metadata: metadataInput.nullish(),
  deliver_at: deliverAtInput
    .nullish()
    .meta({ description: "Deliver from then on, at most 30 days ahead; not together with `ordering_key`." }),
};

interface Placed {
  readonly tags?: readonly string[] | null | undefined;
  readonly metadata?: { readonly tags?: readonly string[] | undefined } | null | undefined;
  readonly deliver_at?: number | null | undefined;
  readonly ordering_key?: string | null | undefined;
}

/** What may not stand together. */
function checkTogether({ tags, metadata, deliver_at, ordering_key }: Placed, context: z.RefinementCtx): void {
  const refuse = (path: string[], beside: string): void =>
    context.addIssue({ code: "custom", path, message: `must not stand beside \`${beside}\`` });
  if (tags != null && metadata?.tags !== undefined) refuse(["metadata", "tags"], "tags");
  if (deliver_at != null && ordering_key != null) refuse(["deliver_at"], "ordering_key");
}

export const eventInput = z.strictObject(eventFields).superRefine(checkTogether).meta({
  id: "EventInput",
  description:
    "Only `payload` is required; null stands for a field that is not set. Texts are never empty and hold no control characters.",
});

const batchItemInput = z
  .strictObject({
    ...eventFields,
    idempotency_key: z
      .string()
      .min(1)
      .max(EVENT_LIMITS.idempotencyKeyLength)
      .regex(/^[\x20-\x7e]*$/, "must be printable ASCII")
      .nullish()
      .meta({ description: "Goes before the key that the header gives." }),
  })
  .superRefine(checkTogether)
  .meta({ id: "EventBatchItem" });

export const eventBatchInput = z
  .strictObject({ events: z.array(batchItemInput).min(1).max(EVENT_LIMITS.batchItems) })
  .meta({ id: "EventBatchInput" });

export const ndjsonInput = z
  .string()
  .meta({ description: "One event a line, each as an item of the JSON batch. Empty lines do not count." });

export const acceptedOutput = z
  .object({
    event_id: idOutput,
    status: z.literal("created"),
    timestamp: timeOutput.meta({ description: "When it was accepted." }),
    message: z.string(),
  })
  .meta({ id: "AcceptedEvent" });

const factFields = {
  id: idOutput,
  timestamp: timeOutput.meta({ description: "When it was accepted." }),
  type: z.string().nullable(),
  source: z.string().nullable(),
  subject: z.string().nullable(),
  occurred_at: timeOutput.nullable(),
  ordering_key: z.string().nullable(),
  tags: z.array(z.string()),
  metadata: z
    .looseObject({ priority: z.enum(PRIORITIES), tags: z.array(z.string()) })
    .meta({ description: "What was sent, plus `priority` and `tags`." }),
  extensions: z
    .record(z.string(), z.union([z.string(), z.boolean(), z.int()]))
    .nullable()
    .meta({
      description:
        "CloudEvents attributes without a field of their own, such as `id`; null for other events.",
    }),
  payload: z
    .unknown()
    .meta({ description: "The bytes that were sent. An object; CloudEvents may bring any JSON value." }),
  payload_url: z.string().optional().meta({
    description: "There only with a `payload` too large for this answer, which is null then: read it here.",
  }),
};

/** The immutable fact: what webhooks, leases and the stream hand over. */
export const factOutput = z.object(factFields).meta({ id: "Event" });

export const eventOutput = z
  .object({
    ...factFields,
    status: z.enum(EVENT_STATUSES).nullable().optional().meta({
      description:
        "What became of it, computed from its deliveries. Not there with `view=fact`; in lists null while its deliveries are still being made.",
    }),
  })
  .meta({ id: "EventWithStatus" });
