import { audit } from "../audit.ts";
import { checkExpiry } from "../expiry.ts";
import { renderIssuedKey } from "../render-key.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { issuedKeyOutput, keyInput } from "../schemas/key.ts";

export const createKey = defineRoute({
  method: "POST",
  path: "/v1/keys",
  operationId: "createKey",
  access: "project:admin",
  tag: "Keys",
  summary: "Make a key",
  description: "The answer shows the key this once. No key makes one with more scopes than its own.",
  body: jsonBody(keyInput),
  answers: {
    201: {
      description: "The new key.",
      schema: issuedKeyOutput,
      headers: { "Cache-Control": "`no-store`." },
    },
  },
  async handle(context, request, reply) {
    const { projectId, scopes } = request.caller;
    const wish = request.body;
    checkExpiry(wish.expires_at);
    const issued = await context.flow.createKey(projectId, scopes, {
      name: wish.name,
      scopes: wish.scopes,
      expiresAt: wish.expires_at ?? null,
    });
    audit(context, request, { action: "key.created", keyId: issued.credential.id, scopes: wish.scopes });
    reply.code(201).header("cache-control", "no-store");
    return renderIssuedKey(issued);
  },
});
