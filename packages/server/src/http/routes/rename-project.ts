import { audit } from "../audit.ts";
import { renderProject } from "../render-project.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { projectInput, projectOutput } from "../schemas/project.ts";

export const renameProject = defineRoute({
  method: "PATCH",
  path: "/v1/projects/:id",
  operationId: "renameProject",
  access: "operator",
  tag: "Projects",
  summary: "Rename a project",
  params: { id: idInput("a project") },
  body: jsonBody(projectInput),
  answers: { 200: { description: "The project as it is now.", schema: projectOutput } },
  async handle(context, request) {
    const project = await context.flow.renameProject(request.params.id, request.body.name);
    audit(context, request, { action: "project.renamed", changedId: project.id });
    return renderProject(project);
  },
});
