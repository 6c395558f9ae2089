import { z } from "zod";
import { audit } from "../audit.ts";
import { renderSecret } from "../render-subscription.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { shownSecret } from "../schemas/webhook.ts";

export const getSubscriptionSecret = defineRoute({
  method: "GET",
  path: "/v1/subscriptions/:id/secret",
  operationId: "getSubscriptionSecret",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Read the secret of a webhook",
  description: "The newest one. Each reading is logged.",
  params: { id: idInput("a subscription") },
  answers: {
    200: {
      description: "The secret.",
      schema: z.object(shownSecret).meta({ id: "SubscriptionSecret" }),
    },
  },
  refusals: ["not_a_webhook"],
  async handle(context, request) {
    const { id } = request.params;
    const secret = await context.flow.readSecret(request.caller.projectId, id);
    audit(context, request, { action: "subscription.secret_read", subscriptionId: id });
    return renderSecret(secret);
  },
});
