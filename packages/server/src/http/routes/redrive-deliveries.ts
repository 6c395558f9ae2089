import { audit } from "../audit.ts";
import { answerCount, answerJob } from "../render-job.ts";
import { requireLiving } from "../require-living.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { countedOutput, jobAnswer } from "../schemas/job.ts";
import { redriveInput } from "../schemas/redrive.ts";

export const redriveDeliveries = defineRoute({
  method: "POST",
  path: "/v1/deliveries/redrive",
  operationId: "redriveDeliveries",
  access: "subscriptions:manage",
  tag: "Deliveries",
  summary: "Try many dead letters again",
  description: "A job; what dies after it was asked for is left alone.",
  body: jsonBody(redriveInput),
  answers: {
    200: { description: "Of a dry run: how many there are.", schema: countedOutput },
    202: jobAnswer,
  },
  refusals: ["not_found", "subscription_ended"],
  async handle(context, request, reply) {
    const { body, caller } = request;
    const { flow } = context;
    const subscriptionId = body.subscription_id ?? null;
    if (subscriptionId !== null) await requireLiving(flow, caller.projectId, subscriptionId);
    const wish = {
      subscriptionId,
      after: body.after ?? null,
      before: body.before ?? null,
      reason: body.reason ?? null,
    };
    if (body.dry_run) return answerCount(await flow.countRedrive(caller.projectId, wish));
    const job = await flow.startRedrive(caller.projectId, wish);
    audit(context, request, { action: "redrive.started", jobId: job.id });
    return answerJob(reply, job);
  },
});
