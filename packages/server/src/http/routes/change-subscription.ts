import type { z } from "zod";
import type { SubscriptionChange } from "../../flow/flow.ts";
import { audit } from "../audit.ts";
import { checkExpiry } from "../expiry.ts";
import { renderSubscription } from "../render-subscription.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { subscriptionChange, subscriptionOutput } from "../schemas/subscription.ts";

export const changeSubscription = defineRoute({
  method: "PATCH",
  path: "/v1/subscriptions/:id",
  operationId: "changeSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Change a subscription",
  description:
    "Fields that are absent stay as they are. A new filter holds for events accepted from `effective_at` on; what waits stays.",
  params: { id: idInput("a subscription") },
  body: jsonBody(subscriptionChange),
  answers: { 200: { description: "The subscription as it is now.", schema: subscriptionOutput } },
  refusals: ["name_taken", "subscription_ended", "invalid_filter", "immutable_field"],
  async handle(context, request) {
    const { id } = request.params;
    checkExpiry(request.body.expires_at);
    const change = changeOf(request.body);
    const view = await context.flow.changeSubscription(request.caller.projectId, id, change);
    const fields = Object.keys(request.body);
    audit(context, request, { action: "subscription.changed", subscriptionId: id, fields });
    return renderSubscription(view);
  },
});

function changeOf(body: z.output<typeof subscriptionChange>): SubscriptionChange {
  const { name, filter, matches, retry, labels, expires_at: expiresAt } = body;
  return {
    ...(name === undefined ? {} : { name }),
    ...(filter === undefined ? {} : { filter }),
    ...(matches === undefined ? {} : { matches }),
    ...(retry === undefined ? {} : { maxAttempts: retry.max_attempts }),
    ...(labels === undefined ? {} : { labels }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
