import { audit } from "../audit.ts";
import { checkExpiry } from "../expiry.ts";
import { renderSubscription } from "../render-subscription.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { subscriptionInput, subscriptionOutput } from "../schemas/subscription.ts";

export const createSubscription = defineRoute({
  method: "POST",
  path: "/v1/subscriptions",
  operationId: "createSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Make an inbox",
  description:
    "A standing wish for events: each event that matches `filter` from `effective_at` on becomes a delivery in this inbox. An inbox is identified by its name.",
  body: jsonBody(subscriptionInput),
  answers: {
    201: {
      description: "The new subscription.",
      schema: subscriptionOutput,
      headers: { Location: "Its path." },
    },
  },
  refusals: ["name_taken", "invalid_filter"],
  async handle(context, request, reply) {
    const { body, caller } = request;
    checkExpiry(body.expires_at);
    const view = await context.flow.createInbox(caller.projectId, {
      name: body.name,
      filter: body.filter,
      ordered: body.ordered,
      onDead: body.on_dead,
      maxAttempts: body.retry.max_attempts,
      labels: body.labels,
      expiresAt: body.expires_at,
      startFrom: body.start_from,
    });
    const { id } = view.subscription;
    audit(context, request, { action: "subscription.created", subscriptionId: id });
    reply.code(201).header("location", `/v1/subscriptions/${id}`);
    return renderSubscription(view);
  },
});
