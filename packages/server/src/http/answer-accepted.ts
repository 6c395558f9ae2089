import type { FastifyReply } from "fastify";
import { TriggersError } from "../domain/errors.ts";
import type { AcceptOutcome } from "../flow/new-event.ts";
import { formatTime } from "./time.ts";

/** Answers a post of one event: 201, or 200 with the same body when its idempotency key had been used for it before. Gives the body. */
export function answerAccepted(reply: FastifyReply, outcome: AcceptOutcome): string {
  if (outcome.outcome === "key_reused") throw refuseReuse();
  const { eventId, timestamp } = outcome;
  reply.header("location", `/v1/events/${eventId}`).header("content-type", "application/json; charset=utf-8");
  if (outcome.outcome === "replayed") reply.header("idempotency-replayed", "true");
  else reply.code(201);
  // Written by hand: neither value needs escaping.
  return `{"event_id":"${eventId}","status":"created","timestamp":"${formatTime(timestamp)}","message":"Event accepted and stored."}`;
}

/** The refusal of a key that belongs to another event. */
export function refuseReuse(): TriggersError {
  return new TriggersError(
    "idempotency_key_reused",
    "Use a new idempotency key, or send the very event that this one was first used for.",
  );
}
