import { audit } from "../audit.ts";
import { renderSubscription } from "../render-subscription.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { subscriptionOutput } from "../schemas/subscription-output.ts";

export const pauseSubscription = defineRoute({
  method: "POST",
  path: "/v1/subscriptions/:id/pause",
  operationId: "pauseSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Pause a subscription",
  description: "It goes on matching and collecting, and hands nothing out. Leases already out stay valid.",
  params: { id: idInput("a subscription") },
  answers: { 200: { description: "The subscription as it is now.", schema: subscriptionOutput } },
  refusals: ["subscription_ended"],
  async handle(context, request) {
    const { id } = request.params;
    const view = await context.flow.pauseSubscription(request.caller.projectId, id);
    audit(context, request, { action: "subscription.paused", subscriptionId: id });
    return renderSubscription(view);
  },
});
