import { z } from "zod";
import { countFitting } from "../count-fitting.ts";
import { openPage } from "../page.ts";
import { renderJudgement } from "../render-filter.ts";
import { defineRoute } from "../route.ts";
import { explanationOutput } from "../schemas/filter.ts";
import { idInput } from "../schemas/id.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery } from "../schemas/query.ts";

export const explainEvent = defineRoute({
  method: "GET",
  path: "/v1/events/:id/explain",
  operationId: "explainEvent",
  access: "events:read",
  tag: "Events",
  summary: "Say why each subscription takes an event, or does not",
  description:
    "For the subscriptions of today, the oldest first. The main inbox is left out: what it takes depends on the others.",
  params: { id: idInput("an event") },
  query: z.strictObject(pageQuery),
  answers: { 200: { description: "One item a subscription.", schema: pageOutput(explanationOutput) } },
  async handle(context, request, reply) {
    const { caller, params } = request;
    const page = await openPage(context, request);
    const after = page.position ?? "";
    const left = (await context.flow.explainEvent(caller.projectId, params.id))
      .filter(({ subscriptionId }) => subscriptionId > after)
      .sort((a, b) => (a.subscriptionId < b.subscriptionId ? -1 : 1));
    const rendered = left.slice(0, page.limit).map(({ subscriptionId, name, explanation }) => ({
      ...{ subscription_id: subscriptionId, name },
      ...renderJudgement(explanation),
    }));
    const data = rendered.slice(0, countFitting(rendered));
    const isLast = data.length === left.length;
    return { data, next_cursor: page.next(reply, isLast ? null : (data.at(-1)?.subscription_id ?? null)) };
  },
});
