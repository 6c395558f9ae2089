import { z } from "zod";
import { BATCH_BYTES } from "../body-limits.ts";
import { postBatch } from "../post-batch.ts";
import { postTerms } from "../post-terms.ts";
import {
  type BatchItem,
  CLOUD_EVENT_BATCH,
  readCloudEventBatch,
  readJsonBatch,
  readNdjsonBatch,
} from "../read-batch.ts";
import type { EnvelopeTerms } from "../read-event.ts";
import { defineRoute, rawBody } from "../route.ts";
import { cloudEventBatchInput } from "../schemas/cloud-event.ts";
import { eventBatchInput, ndjsonInput } from "../schemas/event.ts";
import { batchOutput } from "../schemas/event-batch.ts";

const NDJSON = "application/x-ndjson";

type ReadBatch = (bytes: Buffer, terms: EnvelopeTerms, maxEventBytes: number) => BatchItem[];

const READERS: Readonly<Record<string, ReadBatch>> = {
  [NDJSON]: readNdjsonBatch,
  [CLOUD_EVENT_BATCH]: readCloudEventBatch,
};

export const postEventBatch = defineRoute({
  method: "POST",
  path: "/v1/events/batch",
  operationId: "postEventBatch",
  access: "events:write",
  tag: "Events",
  summary: "Send up to 1,000 events",
  description:
    "Each item is stored or refused by itself; what was stored is durable when this is answered. Answered with 503, send all of it again with the same idempotency keys: what had been stored is `replayed` then.",
  sendsEvents: true,
  headers: { "Idempotency-Key": "Item i gets the key `<key>/<i>`, counted from 0, unless it has its own." },
  query: z.strictObject({
    on_invalid: z
      .enum(["reject_all"])
      .optional()
      .meta({ description: "`reject_all`: nothing is stored if any item is invalid." }),
  }),
  body: rawBody({
    schemas: {
      "application/json": eventBatchInput,
      [NDJSON]: ndjsonInput,
      [CLOUD_EVENT_BATCH]: cloudEventBatchInput,
    },
    maxBytes: BATCH_BYTES,
  }),
  answers: { 200: { description: "What became of each item.", schema: batchOutput } },
  refusals: ["malformed_header"],
  async handle(context, request, reply) {
    context.rateLimit.chargeEvents(reply, 1);
    const read = READERS[request.mediaType ?? ""] ?? readJsonBatch;
    const items = read(request.body, postTerms(request), context.config.maxEventBytes);
    return postBatch(context, reply, { items, rejectsAll: request.query.on_invalid === "reject_all" });
  },
});
