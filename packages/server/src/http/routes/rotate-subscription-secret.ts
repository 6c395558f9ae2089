import { audit } from "../audit.ts";
import { renderSecret, renderSubscription } from "../render-subscription.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { secretRotation } from "../schemas/subscription.ts";
import { subscriptionWithSecretOutput } from "../schemas/subscription-output.ts";

export const rotateSubscriptionSecret = defineRoute({
  method: "POST",
  path: "/v1/subscriptions/:id/rotate-secret",
  operationId: "rotateSubscriptionSecret",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Put a new secret in place of the one before",
  description:
    "Until `overlap_hours` have passed every request is signed with both, so that a receiver can change over without losing one.",
  params: { id: idInput("a subscription") },
  body: jsonBody(secretRotation, { isOptional: true }),
  answers: {
    200: { description: "The subscription with its new secret.", schema: subscriptionWithSecretOutput },
  },
  refusals: ["not_a_webhook", "overloaded"],
  async handle(context, request, reply) {
    const { id } = request.params;
    const { overlap_hours: overlapHours, signature = null } = request.body;
    const rotation = { overlapHours, signature };
    const { view, secret } = await context.flow.rotateSecret(request.caller.projectId, id, rotation);
    audit(context, request, { action: "subscription.secret_rotated", subscriptionId: id });
    reply.header("cache-control", "no-store");
    return { ...renderSubscription(view), ...renderSecret(secret) };
  },
});
