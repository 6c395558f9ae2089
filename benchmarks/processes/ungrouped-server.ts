import { randomBytes } from "node:crypto";
import { fastify } from "fastify";
import { openApp } from "../../packages/server/src/app.ts";
import { readConfig } from "../../packages/server/src/config.ts";
import { makeIdSource } from "../../packages/server/src/domain/ids.ts";
import { openDatabase } from "../../packages/server/src/store/postgres/open-database.ts";
import { recordEvents } from "../../packages/server/src/store/postgres/record-events.ts";
import { answerParent } from "./answer-parent.ts";

/** Ingest without groups: each request stores what the server stores of one, an event and a delivery, by itself over a pool of ten connections. It checks nothing and seals nothing. */
const [url = "", settings = "{}"] = process.argv.slice(2);
const { store, flow } = await openApp(readConfig({ ...JSON.parse(settings), TRIGGERS_ROLES: "api" }));
const [project] = await store.listProjects({ afterId: null, limit: 1 });
if (project === undefined) throw new Error("There is no first project.");
const { id: subscriptionId } = await flow.findInbox(project.id, "main");
const db = openDatabase({ url, size: 10 });
const nextId = makeIdSource((length) => randomBytes(length));
const KEPT_MS = 30 * 86_400_000;

const server = fastify();
server.post("/v1/events", async (request, reply) => {
  const { id, at } = nextId(Date.now());
  const sealed = Buffer.from(JSON.stringify(request.body));
  const [stored] = await recordEvents(db, [
    {
      event: {
        ...{ projectId: project.id, id, type: "order.created", source: null, tags: [], priority: "normal" },
        ...{ occurredAt: null, contentType: "application/json", subjectIndex: null, orderingKeyIndex: null },
        ...{ sealed, bytes: sealed.length, isPlanned: false, expiresAt: at + KEPT_MS },
      },
      plan: [{ subscriptionId, ordered: false, parks: false }],
      ...{ sealOrder: null, dueAt: at, isWide: false, idempotency: null },
    },
  ]);
  if (stored?.outcome !== "created") throw new Error(`An event was not stored: ${stored?.outcome}`);
  reply.code(201);
  return { status: "created" };
});

const address = await server.listen({ host: "127.0.0.1", port: 0 });
answerParent(async () => address);
