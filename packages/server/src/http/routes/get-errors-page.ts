import { z } from "zod";
import { makeErrorsPage } from "../errors-page.ts";
import { defineRoute } from "../route.ts";

export const getErrorsPage = defineRoute({
  method: "GET",
  path: "/docs/errors.md",
  operationId: "getErrorsPage",
  access: "public",
  tag: "Server",
  summary: "Read what each error code means and what to do",
  description: "The `type` of every problem document links here.",
  answers: { 200: { description: "A page.", schema: z.string(), mediaType: "text/markdown" } },
  handle(_context, _request, reply) {
    reply.type("text/markdown; charset=utf-8").header("x-content-type-options", "nosniff");
    return makeErrorsPage();
  },
});
