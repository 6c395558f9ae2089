import { audit } from "../audit.ts";
import { answerCount, answerJob } from "../render-job.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { countedOutput, jobAnswer } from "../schemas/job.ts";
import { replayInput } from "../schemas/replay.ts";

export const startReplay = defineRoute({
  method: "POST",
  path: "/v1/replays",
  operationId: "startReplay",
  access: "subscriptions:manage",
  tag: "Deliveries",
  summary: "Deliver many events anew",
  description:
    "A job that makes new deliveries, whose `cause` is its id, of events accepted before it was asked for. They go to the subscriptions of today whose own filters match too.",
  body: jsonBody(replayInput),
  answers: {
    200: { description: "Of a dry run: how many deliveries it would make.", schema: countedOutput },
    202: jobAnswer,
  },
  refusals: ["not_found", "subscription_ended", "invalid_filter"],
  async handle(context, request, reply) {
    const { body, caller } = request;
    const wish = {
      filter: body.filter,
      after: body.after ?? null,
      before: body.before ?? null,
      subscriptionId: body.subscription_id ?? null,
      ratePerSecond: body.rate_per_second ?? null,
    };
    if (body.dry_run) return answerCount(await context.flow.countReplay(caller.projectId, wish));
    const job = await context.flow.startReplay(caller.projectId, wish);
    audit(context, request, { action: "replay.started", jobId: job.id });
    return answerJob(reply, job);
  },
});
