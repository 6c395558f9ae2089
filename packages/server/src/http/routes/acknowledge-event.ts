import { z } from "zod";
import { defineRoute } from "../route.ts";
import { acknowledgedOutput } from "../schemas/delivery.ts";
import { idInput } from "../schemas/id.ts";
import { inboxQuery } from "../schemas/inbox.ts";

export const acknowledgeEvent = defineRoute({
  method: "POST",
  path: "/v1/events/:id/ack",
  operationId: "acknowledgeEvent",
  access: "inbox:consume",
  tag: "Inbox",
  summary: "Acknowledge an event that nobody holds",
  description: "Settles its open delivery in one inbox without a lease.",
  params: { id: idInput("an event") },
  query: z.strictObject({ inbox: inboxQuery }),
  answers: { 200: { description: "It is acknowledged.", schema: acknowledgedOutput } },
  refusals: ["delivery_leased", "delivery_settled"],
  async handle({ flow }, { caller, params, query }) {
    const inbox = await flow.findInbox(caller.projectId, query.inbox);
    const outcome = await flow.acknowledgeEvent(inbox, params.id);
    return { event_id: params.id, outcome };
  },
});
