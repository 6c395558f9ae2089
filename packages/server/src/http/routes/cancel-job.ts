import { audit } from "../audit.ts";
import { renderJob } from "../render-job.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { jobOutput } from "../schemas/job.ts";

export const cancelJob = defineRoute({
  method: "POST",
  path: "/v1/jobs/:id/cancel",
  operationId: "cancelJob",
  access: "subscriptions:manage",
  tag: "Deliveries",
  summary: "Stop a job",
  description: "What it has done stays.",
  params: { id: idInput("a job") },
  answers: { 200: { description: "The job as it is now.", schema: jobOutput } },
  refusals: ["job_finished"],
  async handle(context, request) {
    const { id } = request.params;
    const job = await context.flow.cancelJob(request.caller.projectId, id);
    audit(context, request, { action: "job.cancelled", jobId: id });
    return renderJob(job);
  },
});
