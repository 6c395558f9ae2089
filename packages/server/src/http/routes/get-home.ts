import { z } from "zod";
import { makeHomePage, PAGE_HEADERS } from "../home-page.ts";
import { defineRoute } from "../route.ts";

const homeOutput = z.object({
  name: z.string(),
  version: z.string(),
  documentation: z.string(),
  openapi: z.string(),
});

export const getHome = defineRoute({
  method: "GET",
  path: "/",
  operationId: "getHome",
  access: "public",
  tag: "Server",
  summary: "What runs here, and what to do next",
  description: "A small page for a browser; JSON for `Accept: application/json`.",
  answers: { 200: { description: "Where everything is.", schema: homeOutput } },
  handle({ version, config }, { headers, host, protocol }, reply) {
    reply.header("vary", "accept");
    const accept = headers.accept ?? "";
    if (accept.includes("application/json") && !accept.includes("text/html")) {
      return { name: "Triggers API", version, documentation: "/docs", openapi: "/openapi.json" };
    }
    const origin =
      config.publicUrl ?? `${protocol}://${/^[A-Za-z0-9.:[\]-]+$/.test(host) ? host : "localhost"}`;
    reply.headers(PAGE_HEADERS).type("text/html; charset=utf-8");
    return makeHomePage({ origin, version });
  },
});
