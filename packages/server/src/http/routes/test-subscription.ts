import { TriggersError } from "../../domain/errors.ts";
import { audit } from "../audit.ts";
import { requireLiving } from "../require-living.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { testSendingOutput } from "../schemas/test-sending.ts";

export const testSubscription = defineRoute({
  method: "POST",
  path: "/v1/subscriptions/:id/test",
  operationId: "testSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Send a sample to a webhook now",
  description:
    "One request, signed and guarded like any other, whatever the state of the subscription. Nothing is stored; whatever comes back, this is 200.",
  params: { id: idInput("a subscription") },
  answers: { 200: { description: "What was sent and what came back.", schema: testSendingOutput } },
  refusals: ["not_a_webhook", "subscription_ended"],
  async handle(context, request) {
    const { projectId } = request.caller;
    const { id } = request.params;
    const { webhook } = await requireLiving(context.flow, projectId, id);
    if (webhook === null) throw new TriggersError("not_a_webhook", "Name a subscription of channel webhook.");
    const { request: sent, response } = await context.sendTest(projectId, id);
    audit(context, request, { action: "subscription.tested", subscriptionId: id });
    return {
      request: sent,
      response: {
        status_code: response.statusCode,
        error_code: response.errorCode,
        duration_ms: response.durationMs,
        excerpt: response.excerpt,
      },
    };
  },
});
