import { createSecretKey, randomBytes } from "node:crypto";
import { fastify } from "fastify";
import pg from "pg";
import { openApp } from "../../packages/server/src/app.ts";
import { readConfig } from "../../packages/server/src/config.ts";
import { makeIdSource } from "../../packages/server/src/domain/ids.ts";
import { PRIORITIES, rankOf } from "../../packages/server/src/domain/priority.ts";
import { causeValue, SHELF, stateNumber } from "../../packages/server/src/store/postgres/rows.ts";
import { NONCE_BYTES, sealInPlace, TAG_BYTES } from "../../packages/server/src/store/seal-order.ts";
import { answerParent } from "./answer-parent.ts";

/** Ingest without groups: each request stores what the server stores of one, a sealed event and its delivery, by one statement of its own over a pool of ten connections. It checks nothing. */
const [url = "", settings = "{}"] = process.argv.slice(2);
const { store, flow } = await openApp(readConfig({ ...JSON.parse(settings), TRIGGERS_ROLES: "api" }));
const [project] = await store.listProjects({ afterId: null, limit: 1 });
if (project === undefined) throw new Error("There is no first project.");
const { id: subscriptionId } = await flow.findInbox(project.id, "main");
const pool = new pg.Pool({ connectionString: url, max: 10 });
const nextId = makeIdSource((length) => randomBytes(length));
const key = createSecretKey(randomBytes(32));
const KEPT_MS = 30 * 86_400_000;

/** $1 project, $2 event, $3 subscription, $4 type, $5 source, $6 tags, $7 bytes, $8 time, $9 expiry, $10 sealed. */
const INSERT = `WITH p AS (SELECT number, (SELECT max(epoch) FROM feed_epochs) AS epoch FROM projects WHERE id = $1),
  e AS (INSERT INTO events (project, epoch, n, is_planned, priority, id, type, source, tags, bytes, expires_at, sealed)
    SELECT number, epoch, 0, false, ${PRIORITIES.indexOf("normal")}, $2, $4, $5, $6, $7, $9, $10 FROM p)
  INSERT INTO deliveries_open (project, is_over, state, is_last, attempt, attempt_base, takeovers, shelf, rank, cause,
    event, subscription, bytes, due_at, ready_at, created_at, expires_at)
  SELECT number, false, ${stateNumber("pending")}, false, 0, 0, 0, ${SHELF.pending}, ${rankOf("normal", false)}, '${causeValue("live")}',
    $2, $3, $7, $8, $8, $8, $9 FROM p`;

interface Posted {
  readonly type: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly payload: unknown;
}

function seal(text: string, place: string): Buffer {
  const sealed = Buffer.allocUnsafe(NONCE_BYTES + Buffer.byteLength(text) + TAG_BYTES);
  sealed.set(randomBytes(NONCE_BYTES));
  sealed.write(text, NONCE_BYTES);
  sealInPlace(sealed, { key, nonceAt: 0, place });
  return sealed;
}

const server = fastify();
server.post<{ readonly Body: Posted }>("/v1/events", async ({ body }, reply) => {
  const { type, source, tags, payload } = body;
  const { id, at } = nextId(Date.now());
  const sealed = seal(JSON.stringify(payload), id);
  const values = [type, source, JSON.stringify(tags), sealed.length, at, at + KEPT_MS, sealed];
  const query = { name: "insert", text: INSERT, values: [project.id, id, subscriptionId, ...values] };
  const { rowCount } = await pool.query(query);
  if (rowCount !== 1) throw new Error("An event was not stored.");
  reply.code(201);
  return { status: "created" };
});

const address = await server.listen({ host: "127.0.0.1", port: 0 });
answerParent(async () => address);
