import { z } from "zod";
import { defineRoute } from "../route.ts";

export const getHealth = defineRoute({
  method: "GET",
  path: "/healthz",
  operationId: "getHealth",
  access: "public",
  tag: "Server",
  summary: "Is the process alive",
  answers: { 200: { description: "It is.", schema: z.object({ status: z.literal("ok") }) } },
  handle: () => ({ status: "ok" }),
});
