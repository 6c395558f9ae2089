import { z } from "zod";
import { defineRoute } from "../route.ts";

export const getMetrics = defineRoute({
  method: "GET",
  path: "/metrics",
  operationId: "getMetrics",
  access: "operator",
  tag: "Server",
  summary: "Read the metrics of this process",
  answers: {
    200: {
      description: "Prometheus text format.",
      schema: z.string(),
      mediaType: "text/plain; version=0.0.4",
    },
  },
  async handle({ metrics }, _request, reply) {
    reply.type(metrics.contentType);
    return metrics.text();
  },
});
