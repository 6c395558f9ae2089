import { audit } from "../audit.ts";
import { checkNewWebhook } from "../check-webhook.ts";
import { checkExpiry } from "../expiry.ts";
import { renderSecret, renderSubscription } from "../render-subscription.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { subscriptionInput } from "../schemas/subscription.ts";
import { createdSubscriptionOutput, subscriptionOutput } from "../schemas/subscription-output.ts";
import { inboxWish, webhookWish } from "../subscription-wish.ts";

export const createSubscription = defineRoute({
  method: "POST",
  path: "/v1/subscriptions",
  operationId: "createSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Make an inbox or a webhook",
  description:
    "A standing wish for events: each event that matches `filter` from `effective_at` on becomes a delivery, which waits in an inbox or is sent to a webhook. An inbox is identified by its name, a webhook by URL, filter and format: the same one again is answered with 200, or with 409 where other settings differ.",
  body: jsonBody(subscriptionInput),
  answers: {
    200: {
      description: "The webhook was there already.",
      schema: subscriptionOutput,
      headers: { Location: "Its path." },
    },
    201: {
      description: "The new subscription; of a webhook with its `secret`.",
      schema: createdSubscriptionOutput,
      headers: { Location: "Its path." },
    },
  },
  refusals: ["name_taken", "subscription_exists", "too_many_subscriptions", "invalid_filter"],
  async handle(context, request, reply) {
    const { body, caller } = request;
    const { flow, config } = context;
    checkExpiry(body.expires_at);
    if (body.channel === "webhook") checkNewWebhook(body, config);
    const { view, secret } =
      body.channel === "webhook"
        ? await flow.createWebhook(caller.projectId, webhookWish(body, body.name))
        : { view: await flow.createInbox(caller.projectId, inboxWish(body, body.name)), secret: null };
    const { id } = view.subscription;
    const isNew = body.channel === "inbox" || secret !== null;
    if (isNew) audit(context, request, { action: "subscription.created", subscriptionId: id });
    reply.code(isNew ? 201 : 200).header("location", `/v1/subscriptions/${id}`);
    if (secret === null) return renderSubscription(view);
    reply.header("cache-control", "no-store");
    return { ...renderSubscription(view), ...renderSecret(secret) };
  },
});
