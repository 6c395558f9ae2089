import { audit } from "../audit.ts";
import { renderSubscription } from "../render-subscription.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { subscriptionOutput } from "../schemas/subscription-output.ts";

export const resumeSubscription = defineRoute({
  method: "POST",
  path: "/v1/subscriptions/:id/resume",
  operationId: "resumeSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Resume a subscription",
  description: "Ends a pause, by its owner or by the server.",
  params: { id: idInput("a subscription") },
  answers: { 200: { description: "The subscription as it is now.", schema: subscriptionOutput } },
  refusals: ["subscription_ended"],
  async handle(context, request) {
    const { id } = request.params;
    const view = await context.flow.resumeSubscription(request.caller.projectId, id);
    audit(context, request, { action: "subscription.resumed", subscriptionId: id });
    return renderSubscription(view);
  },
});
