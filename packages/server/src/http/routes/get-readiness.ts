import { z } from "zod";
import { TriggersError } from "../../domain/errors.ts";
import { defineRoute } from "../route.ts";

export const getReadiness = defineRoute({
  method: "GET",
  path: "/readyz",
  operationId: "getReadiness",
  access: "public",
  tag: "Server",
  summary: "Can it take requests",
  description: "The storage answers and the server is not stopping.",
  answers: { 200: { description: "It can.", schema: z.object({ status: z.literal("ready") }) } },
  refusals: ["storage_unavailable", "shutting_down"],
  async handle({ flow, closing }) {
    if (closing.aborted)
      throw new TriggersError("shutting_down", "Use another server; this one is stopping.");
    await flow.checkHealth();
    return { status: "ready" };
  },
});
