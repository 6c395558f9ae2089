import { audit } from "../audit.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";

export const deleteProject = defineRoute({
  method: "DELETE",
  path: "/v1/projects/:id",
  operationId: "deleteProject",
  access: "operator",
  tag: "Projects",
  summary: "Delete a project with everything in it",
  description: "Destroys its encryption keys and its API keys at once: nothing of it can be read any more.",
  params: { id: idInput("a project") },
  answers: { 204: { description: "It is gone." } },
  async handle(context, request, reply) {
    const { id } = request.params;
    await context.flow.deleteProject(id);
    audit(context, request, { action: "project.deleted", deletedId: id });
    reply.code(204);
  },
});
