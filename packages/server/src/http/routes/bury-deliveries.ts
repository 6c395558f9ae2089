import { defineRoute, jsonBody } from "../route.ts";
import { buryInput, buryOutput, settleQuery } from "../schemas/inbox.ts";
import { resultsOf, settleHeld } from "../settle-held.ts";

export const buryDeliveries = defineRoute({
  method: "POST",
  path: "/v1/inbox/bury",
  operationId: "buryDeliveries",
  access: "inbox:consume",
  tag: "Inbox",
  summary: "Give up what is held",
  description: "It is a dead letter from then on: kept, and not handed out again.",
  query: settleQuery,
  body: jsonBody(buryInput),
  answers: { 200: { description: "What became of each.", schema: buryOutput } },
  refusals: ["not_found"],
  async handle({ flow }, { caller, query, body }) {
    const settled = await settleHeld(
      flow,
      { projectId: caller.projectId, inbox: query.inbox },
      { items: body.deliveries, verbFor: ({ reason }) => ({ kind: "bury", reason: reason ?? null }) },
    );
    return { results: resultsOf(settled, "buried") };
  },
});
