import { audit } from "../audit.ts";
import { renderProject } from "../render-project.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { newProjectOutput, projectInput } from "../schemas/project.ts";

export const createProject = defineRoute({
  method: "POST",
  path: "/v1/projects",
  operationId: "createProject",
  access: "operator",
  tag: "Projects",
  summary: "Make a project with its main inbox and its first key",
  body: jsonBody(projectInput),
  answers: { 201: { description: "The new project; its key is shown this once.", schema: newProjectOutput } },
  async handle(context, request, reply) {
    const { project, token } = await context.flow.createProject(request.body.name);
    audit(context, request, { action: "project.created", createdId: project.id });
    reply.code(201).header("cache-control", "no-store");
    return { ...renderProject(project), api_key: token };
  },
});
