import { z } from "zod";
import { countFitting } from "../count-fitting.ts";
import { openPage } from "../page.ts";
import { renderSubscription } from "../render-subscription.ts";
import { defineRoute } from "../route.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery } from "../schemas/query.ts";
import { labelInput } from "../schemas/subscription.ts";
import { subscriptionOutput } from "../schemas/subscription-output.ts";

export const listSubscriptions = defineRoute({
  method: "GET",
  path: "/v1/subscriptions",
  operationId: "listSubscriptions",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "List the subscriptions",
  query: z.strictObject({
    ...pageQuery,
    label: labelInput.optional().meta({ description: "Those that have this label." }),
  }),
  answers: {
    200: { description: "Subscriptions, the oldest first.", schema: pageOutput(subscriptionOutput) },
  },
  async handle(context, request, reply) {
    const page = await openPage(context, request);
    const found = await context.flow.listSubscriptions(request.caller.projectId, {
      label: request.query.label ?? null,
      afterId: page.position,
      limit: page.limit + 1,
    });
    const rendered = found.slice(0, page.limit).map(renderSubscription);
    const data = rendered.slice(0, countFitting(rendered));
    const isLast = data.length === found.length;
    return { data, next_cursor: page.next(reply, isLast ? null : (data.at(-1)?.id ?? null)) };
  },
});
