import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { NewEvent } from "../../flow/new-event.ts";
import { answerAccepted } from "../answer-accepted.ts";
import { isJsonType } from "../cloud-events/media-type.ts";
import { readBinary } from "../cloud-events/read-binary.ts";
import { readStructured } from "../cloud-events/read-structured.ts";
import { readMembers, readValue } from "../json-door/json-door.ts";
import { jsonRefusal } from "../json-refusal.ts";
import { postBatch } from "../post-batch.ts";
import { postTerms } from "../post-terms.ts";
import { CLOUD_EVENT_BATCH, readCloudEventBatch } from "../read-batch.ts";
import { type EnvelopeTerms, membersIn, readEvent } from "../read-event.ts";
import { defineRoute, rawBody } from "../route.ts";
import { cloudEventBatchInput, cloudEventInput } from "../schemas/cloud-event.ts";
import { acceptedOutput, eventInput } from "../schemas/event.ts";
import { batchOutput } from "../schemas/event-batch.ts";

const CLOUD_EVENT = "application/cloudevents+json";

export const postEvents = defineRoute({
  method: "POST",
  path: "/v1/events",
  operationId: "postEvents",
  access: "events:write",
  tag: "Events",
  summary: "Send an event",
  description:
    "It is stored durably before this is answered. Also takes CloudEvents 1.0, structured, binary (`ce-*` headers) and as a batch, which is answered like `POST /v1/events/batch`.",
  sendsEvents: true,
  headers: {
    "Idempotency-Key":
      "1 to 255 printable ASCII characters, bare or quoted. The same key and event again is answered like the first time, with 200.",
  },
  body: rawBody({
    schemas: {
      "application/json": eventInput,
      [CLOUD_EVENT]: cloudEventInput,
      [CLOUD_EVENT_BATCH]: cloudEventBatchInput,
    },
    alsoTakes: (mediaType, request) =>
      isBinary(request) && (isJsonType(mediaType) || request.headers["content-length"] === "0"),
    maxBytes: (config) => config.maxEventBytes,
  }),
  answers: {
    200: {
      description:
        "It had been accepted before under this idempotency key; a batch is always answered so, see `POST /v1/events/batch`.",
      schema: z.union([acceptedOutput, batchOutput]),
      headers: { "Idempotency-Replayed": "`true`", Location: "The event's path." },
    },
    201: {
      description: "Accepted and stored.",
      schema: acceptedOutput,
      headers: { Location: "The event's path." },
    },
  },
  refusals: ["malformed_header", "idempotency_key_reused"],
  async handle(context, request, reply) {
    context.rateLimit.chargeEvents(reply, 1);
    const terms = postTerms(request);
    if (request.mediaType === CLOUD_EVENT_BATCH) {
      const items = readCloudEventBatch(request.body, terms, context.config.maxEventBytes);
      return postBatch(context, reply, { items, rejectsAll: false });
    }
    const event = readPosted(request, terms);
    const [outcome] = await context.flow.acceptEvents(request.caller.projectId, [event]);
    if (outcome === undefined) throw new Error("No outcome for an event that was accepted.");
    const { outcome: became } = outcome;
    context.metrics.countAcceptedEvents(Number(became === "created"), Number(became === "replayed"));
    return answerAccepted(reply, outcome);
  },
});

type Posted = FastifyRequest<{ Body: Buffer }>;

function isBinary({ headers }: FastifyRequest): boolean {
  return headers["ce-specversion"] !== undefined;
}

function readPosted(request: Posted, terms: EnvelopeTerms): NewEvent {
  const { body, mediaType } = request;
  if (mediaType === CLOUD_EVENT) return readStructured(body, membersIn(readMembers(body)), terms);
  if (!isBinary(request)) return readEvent(body, membersIn(readMembers(body)), terms);
  if (body.length === 0) return readBinary(request.raw, null, terms);
  const reading = readValue(body);
  if (reading.outcome === "fault") throw jsonRefusal(reading.fault);
  return readBinary(request.raw, body, terms);
}
