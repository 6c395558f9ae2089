import { z } from "zod";
import { deliveryId } from "../../domain/ids.ts";
import type { LeasedDelivery } from "../../flow/views.ts";
import { type AnswerBytes, makeAnswerBytes } from "../answer-bytes.ts";
import { goneSignal } from "../gone-signal.ts";
import { roomForEvents, writeEvent } from "../render-event.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { inboxQuery, leaseInput, leaseOutput } from "../schemas/inbox.ts";
import { formatTime } from "../time.ts";

/** What a delivery has beside its event, at most. */
const ITEM_BYTES = 256;

export const leaseInbox = defineRoute({
  method: "POST",
  path: "/v1/inbox/lease",
  operationId: "leaseInbox",
  access: "inbox:consume",
  tag: "Inbox",
  summary: "Take deliveries to work on",
  description:
    "Each is yours alone until its lease ends; settle it before then with its token, or it is handed out again. Of what waits, high priority goes first. An empty list comes at once, or after `wait_seconds`. Fewer than `limit` may come: an answer holds 4 MiB at most.",
  query: z.strictObject({ inbox: inboxQuery }),
  body: jsonBody(leaseInput, { isOptional: true }),
  answers: { 200: { description: "What was leased; may be empty.", schema: leaseOutput } },
  refusals: ["not_found", "inbox_paused"],
  async handle(context, request, reply) {
    const { caller, query, body } = request;
    const signal = goneSignal(context, reply);
    const inbox = await context.flow.findInbox(caller.projectId, query.inbox);
    const leased = await context.flow.leaseInbox(inbox, {
      limit: body.limit,
      leaseSeconds: body.lease_seconds,
      waitSeconds: body.wait_seconds,
      maxBytes: roomForEvents(body.limit, ITEM_BYTES),
      signal,
    });
    reply.header("content-type", "application/json; charset=utf-8");
    return renderLease(leased);
  },
});

function renderLease(leased: readonly LeasedDelivery[]): Buffer {
  const answer = makeAnswerBytes();
  answer.text('{"deliveries":[');
  leased.forEach((item, index) => {
    if (index > 0) answer.text(",");
    writeLeased(answer, item);
  });
  answer.text("]}");
  return answer.end();
}

function writeLeased(answer: AnswerBytes, { delivery, view }: LeasedDelivery): void {
  const { leaseToken, dueAt, attempt } = delivery;
  answer.text(
    `{"delivery_id":"${deliveryId(delivery)}","lease_token":${JSON.stringify(leaseToken)},` +
      `"lease_expires_at":"${formatTime(dueAt)}","attempt":${attempt},"event":`,
  );
  writeEvent(answer, view, { withStatus: false });
  answer.text("}");
}
