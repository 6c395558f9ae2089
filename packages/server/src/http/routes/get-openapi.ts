import { z } from "zod";
import { defineRoute } from "../route.ts";

export const getOpenApi = defineRoute({
  method: "GET",
  path: "/openapi.json",
  operationId: "getOpenApi",
  access: "public",
  tag: "Server",
  summary: "Read this description",
  answers: {
    200: { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.string() }) },
  },
  handle(context, _request, reply) {
    reply.type("application/json");
    return context.openApiText();
  },
});
