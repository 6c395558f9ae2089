import { defineRoute, jsonBody } from "../route.ts";
import { extendInput, extendOutput, settleQuery } from "../schemas/inbox.ts";
import { settleHeld } from "../settle-held.ts";
import { formatTime } from "../time.ts";

export const extendLeases = defineRoute({
  method: "POST",
  path: "/v1/inbox/extend",
  operationId: "extendLeases",
  access: "inbox:consume",
  tag: "Inbox",
  summary: "Hold on to what is held",
  description:
    "The lease ends `lease_seconds` from now. Nobody holds a delivery for more than 12 h in one go: a longer wish is cut.",
  query: settleQuery,
  body: jsonBody(extendInput),
  answers: { 200: { description: "What became of each.", schema: extendOutput } },
  refusals: ["not_found"],
  async handle({ flow }, { caller, query, body }) {
    const settled = await settleHeld(
      flow,
      { projectId: caller.projectId, inbox: query.inbox },
      {
        items: body.deliveries,
        verbFor: ({ lease_seconds }) => ({ kind: "extend", leaseSeconds: lease_seconds }),
      },
    );
    const results = settled.map(({ item, answer }) =>
      answer.outcome === "settled"
        ? {
            delivery_id: item.delivery_id,
            outcome: "extended",
            lease_expires_at: formatTime(answer.leaseExpiresAt),
          }
        : { delivery_id: item.delivery_id, outcome: answer.outcome },
    );
    return { results };
  },
});
