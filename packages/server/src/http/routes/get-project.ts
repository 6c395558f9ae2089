import { renderProject } from "../render-project.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { projectOutput } from "../schemas/project.ts";

export const getProject = defineRoute({
  method: "GET",
  path: "/v1/projects/:id",
  operationId: "getProject",
  access: "operator",
  tag: "Projects",
  summary: "Read a project",
  params: { id: idInput("a project") },
  answers: { 200: { description: "The project.", schema: projectOutput } },
  async handle({ flow }, { params }) {
    return renderProject(await flow.readProject(params.id));
  },
});
