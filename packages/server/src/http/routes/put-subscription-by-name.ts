import { z } from "zod";
import { audit } from "../audit.ts";
import { checkNewWebhook } from "../check-webhook.ts";
import { checkExpiry } from "../expiry.ts";
import { checkShape } from "../faults.ts";
import { putSubscription } from "../put-subscription.ts";
import { renderSecret, renderSubscription } from "../render-subscription.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { namedSubscriptionInput, nameInput } from "../schemas/subscription.ts";
import { createdSubscriptionOutput, subscriptionOutput } from "../schemas/subscription-output.ts";

const nameInPath = z.object({ name: nameInput });

export const putSubscriptionByName = defineRoute({
  method: "PUT",
  path: "/v1/subscriptions/by-name/:name",
  operationId: "putSubscriptionByName",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Make a subscription of this name, or change it into what is sent",
  description:
    "Fields that are absent get their defaults; `ordered` and `on_dead` stay as they are. `secret` and `start_from` are for a new one: `start_from` is passed over where there is one, another `secret` is refused.",
  // What can be no name is a fault of the request (422), and not a name of nothing (404).
  params: { name: z.string().meta({ description: "Name of the subscription, percent-encoded." }) },
  body: jsonBody(namedSubscriptionInput),
  answers: {
    200: { description: "The subscription as it is now.", schema: subscriptionOutput },
    201: {
      description: "The new subscription; of a webhook with its `secret`.",
      schema: createdSubscriptionOutput,
      headers: { Location: "Its path." },
    },
  },
  refusals: ["subscription_exists", "too_many_subscriptions", "invalid_filter", "immutable_field"],
  async handle(context, request, reply) {
    const { body, caller } = request;
    const { name } = checkShape(nameInPath, request.params);
    checkExpiry(body.expires_at);
    if (body.channel === "webhook") checkNewWebhook(body, context.config);
    const wish = { projectId: caller.projectId, name, sent: body };
    const { outcome, view, secret } = await putSubscription(context.flow, wish);
    const { id } = view.subscription;
    if (outcome !== "unchanged")
      audit(context, request, { action: `subscription.${outcome}`, subscriptionId: id });
    if (outcome === "created") reply.code(201).header("location", `/v1/subscriptions/${id}`);
    if (secret === null) return renderSubscription(view);
    reply.header("cache-control", "no-store");
    return { ...renderSubscription(view), ...renderSecret(secret) };
  },
});
