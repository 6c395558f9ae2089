import { z } from "zod";
import { readDocsPage } from "../docs-page.ts";
import { defineRoute } from "../route.ts";

export const getDocs = defineRoute({
  method: "GET",
  path: "/docs",
  operationId: "getDocs",
  access: "public",
  tag: "Server",
  summary: "Read the API reference in a browser",
  answers: { 200: { description: "A page.", schema: z.string(), mediaType: "text/html" } },
  async handle(_context, _request, reply) {
    const { html, headers } = await readDocsPage();
    reply.headers(headers).type("text/html; charset=utf-8");
    return html;
  },
});
