import { z } from "zod";
import { deliveryId } from "../../domain/ids.ts";
import type { WaitingPage } from "../../flow/views.ts";
import { type AnswerBytes, makeAnswerBytes } from "../answer-bytes.ts";
import { openPage } from "../page.ts";
import { endPage, roomForEvents, writeEvent } from "../render-event.ts";
import { defineRoute } from "../route.ts";
import { waitingOutput } from "../schemas/delivery.ts";
import { eventFilterQuery, filterOf } from "../schemas/event-query.ts";
import { inboxQuery } from "../schemas/inbox.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery } from "../schemas/query.ts";
import { formatTime } from "../time.ts";

/** What a delivery has beside its event, at most. */
const ITEM_BYTES = 256;

export const listInbox = defineRoute({
  method: "GET",
  path: "/v1/inbox",
  operationId: "listInbox",
  access: "inbox:consume",
  tag: "Inbox",
  summary: "See what waits, without taking it",
  description:
    "What is due and held by nobody, about the oldest first. `main` takes the events that match no other subscription, so that a first event shows up here with nothing set up.",
  query: z.strictObject({ ...pageQuery, inbox: inboxQuery, ...eventFilterQuery }),
  answers: { 200: { description: "Waiting deliveries.", schema: pageOutput(waitingOutput) } },
  refusals: ["not_found"],
  async handle(context, request, reply) {
    const { caller, query } = request;
    const page = await openPage(context, request);
    const inbox = await context.flow.findInbox(caller.projectId, query.inbox);
    const { items, nextPosition } = await context.flow.listWaiting(inbox, {
      ...filterOf(query),
      position: page.position,
      limit: page.limit,
      maxBytes: roomForEvents(page.limit, ITEM_BYTES),
    });
    reply.header("content-type", "application/json; charset=utf-8");
    const answer = makeAnswerBytes();
    answer.text('{"data":[');
    items.forEach((item, index) => {
      if (index > 0) answer.text(",");
      writeWaiting(answer, item);
    });
    return endPage(answer, page.next(reply, nextPosition));
  },
});

function writeWaiting(answer: AnswerBytes, { delivery, view }: WaitingPage["items"][number]): void {
  const { state, dueAt, attempt } = delivery;
  answer.text(
    `{"delivery_id":"${deliveryId(delivery)}","state":"${state}","due_at":"${formatTime(dueAt)}",` +
      `"attempt":${attempt},"event":`,
  );
  writeEvent(answer, view, { withStatus: false });
  answer.text("}");
}
