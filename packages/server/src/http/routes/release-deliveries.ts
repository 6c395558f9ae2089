import { defineRoute, jsonBody } from "../route.ts";
import { releaseInput, releaseOutput, settleQuery } from "../schemas/inbox.ts";
import { resultsOf, settleHeld } from "../settle-held.ts";

export const releaseDeliveries = defineRoute({
  method: "POST",
  path: "/v1/inbox/release",
  operationId: "releaseDeliveries",
  access: "inbox:consume",
  tag: "Inbox",
  summary: "Give back what is held, to be tried again",
  description:
    "It is due again after `delay_seconds`. A release of the last attempt is `released` too, and the delivery is dead.",
  query: settleQuery,
  body: jsonBody(releaseInput),
  answers: { 200: { description: "What became of each.", schema: releaseOutput } },
  refusals: ["not_found"],
  async handle({ flow }, { caller, query, body }) {
    const settled = await settleHeld(
      flow,
      { projectId: caller.projectId, inbox: query.inbox },
      {
        items: body.deliveries,
        verbFor: ({ delay_seconds, reason }) => ({
          kind: "release",
          delaySeconds: delay_seconds,
          reason: reason ?? null,
        }),
      },
    );
    return { results: resultsOf(settled, "released") };
  },
});
