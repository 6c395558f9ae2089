import { z } from "zod";
import { readDocsPage } from "../docs-page.ts";
import { defineRoute } from "../route.ts";

export const getDocsScript = defineRoute({
  method: "GET",
  path: "/docs/js/scalar.js",
  operationId: "getDocsScript",
  access: "public",
  tag: "Server",
  summary: "Read the script of the API reference",
  answers: { 200: { description: "A script.", schema: z.string(), mediaType: "text/javascript" } },
  async handle(_context, _request, reply) {
    const { script } = await readDocsPage();
    reply.header("cache-control", "public, max-age=3600").header("x-content-type-options", "nosniff");
    reply.type("text/javascript; charset=utf-8");
    return script;
  },
});
