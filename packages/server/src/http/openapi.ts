import { version } from "../observe/version.ts";
import { type JsonSchema, makeComponentSchemas } from "./openapi/component-schemas.ts";
import { describeRoute } from "./openapi/describe-route.ts";
import { describeWebhooks } from "./openapi/describe-webhooks.ts";
import type { Tag } from "./route.ts";
import { ROUTES } from "./routes/index.ts";

const TAGS: { readonly [T in Tag]: string } = {
  Events: "Immutable facts: send them, read them, follow them.",
  Inbox: "Pull: lease deliveries, work on them, settle them.",
  Subscriptions: "Standing wishes for events: inboxes to pull from, and webhooks.",
  Deliveries: "One event for one subscription each: what became of it, and how it is tried again.",
  Keys: "API keys, and who the caller is.",
  Projects: "Tenants; for the operator of the installation.",
  Server: "The server itself.",
};

const DESCRIPTION = `Any system sends an event with one HTTP call. It is stored durably before the call is answered.
Consumers take it from an inbox by lease and acknowledge it, or get it by signed webhook.

Every refusal is a problem document (RFC 9457) with a stable \`code\`. \`X-Request-Id\` is taken or made, echoed, and stands in
problems. Bodies may come with \`Content-Encoding: gzip\`. Within v1 fields and enum values are only added: ignore those
you do not know.`;

/** The OpenAPI 3.1 description of everything the server answers. Opens nothing. */
export function makeOpenApi(): JsonSchema {
  const schemas = makeComponentSchemas();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/:([A-Za-z_]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route, schemas) };
  }
  const webhooks = describeWebhooks(schemas);
  return {
    openapi: "3.1.1",
    info: {
      title: "Triggers API",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks,
    components: {
      schemas: schemas.all(),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key of a project." },
        apiKey: {
          type: "apiKey",
          in: "header",
          name: "X-API-Key",
          description: "The same key, in a header of its own.",
        },
        operatorKey: { type: "http", scheme: "bearer", description: "The value of `TRIGGERS_OPERATOR_KEY`." },
      },
    },
  };
}
