import { audit } from "../audit.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";

export const revokeKey = defineRoute({
  method: "DELETE",
  path: "/v1/keys/:id",
  operationId: "revokeKey",
  access: "project:admin",
  tag: "Keys",
  summary: "Revoke a key",
  description: "It opens nothing any more within 5 s, on every node. A key revoked before is 204 again.",
  params: { id: idInput("a key") },
  answers: { 204: { description: "It is revoked." } },
  async handle(context, request, reply) {
    const { id } = request.params;
    await context.flow.revokeKey(request.caller.projectId, id);
    audit(context, request, { action: "key.revoked", keyId: id });
    reply.code(204);
  },
});
