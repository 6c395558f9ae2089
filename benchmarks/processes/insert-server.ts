import { fastify } from "fastify";
import pg from "pg";
import { answerParent } from "./answer-parent.ts";

/** What a home-made service on PostgreSQL does: one INSERT for each request, over a pool of ten connections. */
const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });
await pool.query(
  "CREATE TABLE plain_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), payload jsonb NOT NULL)",
);

const server = fastify();
server.post("/v1/events", async (request, reply) => {
  await pool.query({
    name: "insert",
    text: "INSERT INTO plain_events (payload) VALUES ($1)",
    values: [JSON.stringify(request.body)],
  });
  reply.code(201);
  return { status: "created" };
});

const url = await server.listen({ host: "127.0.0.1", port: 0 });
answerParent(async () => url);
