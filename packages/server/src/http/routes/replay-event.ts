import { audit } from "../audit.ts";
import { answerJob } from "../render-job.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { jobAnswer } from "../schemas/job.ts";
import { eventReplayInput } from "../schemas/replay.ts";

export const replayEvent = defineRoute({
  method: "POST",
  path: "/v1/events/:id/replay",
  operationId: "replayEvent",
  access: "subscriptions:manage",
  tag: "Deliveries",
  summary: "Deliver an event anew",
  description:
    "To the subscription named, whatever its filter says, or to all of today that match. What was delivered before stays as it is: these are new deliveries, whose `cause` is the id of the job.",
  params: { id: idInput("an event") },
  body: jsonBody(eventReplayInput, { isOptional: true }),
  answers: { 202: jobAnswer },
  refusals: ["subscription_ended"],
  async handle(context, request, reply) {
    const { body, caller, params } = request;
    const wish = { eventId: params.id, subscriptionId: body.subscription_id ?? null };
    const job = await context.flow.replayEvent(caller.projectId, wish);
    audit(context, request, { action: "replay.started", jobId: job.id, eventId: params.id });
    return answerJob(reply, job);
  },
});
