import { audit } from "../audit.ts";
import { renderIssuedKey } from "../render-key.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { idInput } from "../schemas/id.ts";
import { issuedKeyOutput, keyRotation } from "../schemas/key.ts";

export const rotateKey = defineRoute({
  method: "POST",
  path: "/v1/keys/:id/rotate",
  operationId: "rotateKey",
  access: "project:admin",
  tag: "Keys",
  summary: "Put a new key in place of one",
  description:
    "The new key has an id of its own and the name, scopes and expiry of the old one, which goes on working for `overlap_hours`.",
  params: { id: idInput("a key") },
  body: jsonBody(keyRotation, { isOptional: true }),
  answers: { 200: { description: "The new key, shown this once.", schema: issuedKeyOutput } },
  async handle(context, request, reply) {
    const { projectId, scopes } = request.caller;
    const { id } = request.params;
    const overlapHours = request.body.overlap_hours;
    const issued = await context.flow.rotateKey(projectId, scopes, { id, overlapHours });
    audit(context, request, { action: "key.rotated", keyId: id, newKeyId: issued.credential.id });
    reply.header("cache-control", "no-store");
    return renderIssuedKey(issued);
  },
});
