import type { FastifyRequest } from "fastify";
import { readIdempotencyKey } from "./idempotency-key.ts";
import type { EnvelopeTerms } from "./read-event.ts";
import { traceOf } from "./trace-context.ts";

/** What the head of a post says of the event in its body. */
export function postTerms(request: FastifyRequest): EnvelopeTerms {
  return {
    now: Date.now(),
    pointer: "",
    isItem: false,
    trace: traceOf(request.headers),
    idempotencyKey: readIdempotencyKey(request.raw),
  };
}
