import { renderJob } from "../render-job.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { jobOutput } from "../schemas/job.ts";

export const getJob = defineRoute({
  method: "GET",
  path: "/v1/jobs/:id",
  operationId: "getJob",
  access: "events:read",
  tag: "Deliveries",
  summary: "Read how far a job is",
  description: "Finished ones are kept for 30 days.",
  params: { id: idInput("a job") },
  answers: { 200: { description: "The job.", schema: jobOutput } },
  async handle({ flow }, { caller, params }) {
    return renderJob(await flow.readJob(caller.projectId, params.id));
  },
});
