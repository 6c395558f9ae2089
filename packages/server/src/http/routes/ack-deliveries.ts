import { defineRoute, jsonBody } from "../route.ts";
import { ackInput, ackOutput, settleQuery } from "../schemas/inbox.ts";
import { resultsOf, settleHeld } from "../settle-held.ts";

export const ackDeliveries = defineRoute({
  method: "POST",
  path: "/v1/inbox/ack",
  operationId: "ackDeliveries",
  access: "inbox:consume",
  tag: "Inbox",
  summary: "Acknowledge what is held",
  description:
    "Final: an acknowledged delivery does not come again. `already_acknowledged`: this very token had done it before. `lease_lost`: it was leased again, or settled, meanwhile.",
  query: settleQuery,
  body: jsonBody(ackInput),
  answers: { 200: { description: "What became of each.", schema: ackOutput } },
  refusals: ["not_found"],
  async handle({ flow }, { caller, query, body }) {
    const settled = await settleHeld(
      flow,
      { projectId: caller.projectId, inbox: query.inbox },
      { items: body.deliveries, verbFor: () => ({ kind: "acknowledge" }) },
    );
    return { results: resultsOf(settled, "acknowledged") };
  },
});
