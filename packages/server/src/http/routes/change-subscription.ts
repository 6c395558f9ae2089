import type { z } from "zod";
import type { Flow } from "../../flow/flow.ts";
import type { SubscriptionChange } from "../../flow/views.ts";
import { audit } from "../audit.ts";
import { checkWebhook } from "../check-webhook.ts";
import { checkExpiry } from "../expiry.ts";
import { refuseFields } from "../refuse-fields.ts";
import { renderSubscription } from "../render-subscription.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { subscriptionChange } from "../schemas/subscription.ts";
import { subscriptionOutput } from "../schemas/subscription-output.ts";
import { changedSettings, scheduleOf } from "../subscription-wish.ts";

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
  refusals: [
    "name_taken",
    "subscription_exists",
    "subscription_ended",
    "invalid_filter",
    "immutable_field",
    "overloaded",
  ],
  async handle(context, request) {
    const { body, caller, params } = request;
    checkExpiry(body.expires_at);
    if (body.webhook !== undefined) checkWebhook(changedSettings(body.webhook), context.config);
    if (body.retry?.schedule_seconds !== undefined)
      await requireSchedule(context.flow, caller.projectId, params.id);
    const view = await context.flow.changeSubscription(caller.projectId, params.id, changeOf(body));
    const fields = Object.keys(body);
    audit(context, request, { action: "subscription.changed", subscriptionId: params.id, fields });
    return renderSubscription(view);
  },
});

async function requireSchedule(flow: Flow, projectId: string, id: string): Promise<void> {
  const { webhook } = await flow.readSubscription(projectId, id);
  refuseFields(
    webhook === null ? [{ pointer: "/retry/schedule_seconds", detail: "An inbox has none." }] : [],
  );
}

function changeOf(body: z.output<typeof subscriptionChange>): SubscriptionChange {
  const { name, filter, matches, webhook, retry, labels, expires_at: expiresAt } = body;
  const { max_attempts: maxAttempts, schedule_seconds: schedule } = retry ?? {};
  return {
    ...(name === undefined ? {} : { name }),
    ...(filter === undefined ? {} : { filter }),
    ...(matches === undefined ? {} : { matches }),
    ...(webhook === undefined ? {} : { webhook: changedSettings(webhook) }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(schedule === undefined ? {} : { scheduleSeconds: scheduleOf(schedule) }),
    ...(labels === undefined ? {} : { labels }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
