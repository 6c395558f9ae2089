import { renderSubscription } from "../render-subscription.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { subscriptionOutput } from "../schemas/subscription-output.ts";

export const getSubscription = defineRoute({
  method: "GET",
  path: "/v1/subscriptions/:id",
  operationId: "getSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Read a subscription",
  params: { id: idInput("a subscription") },
  answers: { 200: { description: "The subscription.", schema: subscriptionOutput } },
  async handle({ flow }, { caller, params }) {
    return renderSubscription(await flow.readSubscription(caller.projectId, params.id));
  },
});
