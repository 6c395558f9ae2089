import { fastify } from "fastify";
import { answerParent } from "./answer-parent.ts";

/** What all figures are compared with: parses JSON, answers 201, stores nothing. */
const server = fastify();
server.post("/v1/events", async (_request, reply) => {
  reply.code(201);
  return { status: "created" };
});

const url = await server.listen({ host: "127.0.0.1", port: 0 });
answerParent(async () => url);
