import { once } from "node:events";
import { connect } from "node:net";
import { Pool } from "pg";
import { inject } from "vitest";
import type { ServerAnswer } from "./global-setup.ts";
import { emptyDatabase, endConnections, INSTALLED, makeTemplate } from "./installed-database.ts";

/** A database that one test has to itself. */
export interface TestDatabase extends AsyncDisposable {
  /** As `TRIGGERS_STORE` takes it. */
  readonly url: string;
  /** Ends the connections to it that are left. */
  release(): Promise<void>;
}

/** Of the server of this worker; held until this process ends. */
interface Administration {
  readonly url: string;
  readonly pool: Pool;
}

let administration: Promise<Administration> | null = null;
let installing: Promise<void> | null = null;
let made = 0;
const free: string[] = [];

/**
 * A database as a new installation leaves it; `isEmpty`: one without any table. A released one is emptied and used again: that takes a few ms, to make one and drop it
 * a hundred.
 */
export async function openTestDatabase(options: { readonly isEmpty?: true } = {}): Promise<TestDatabase> {
  administration ??= administer();
  const { url, pool } = await administration;
  if (options.isEmpty) {
    const name = await createDatabase(pool, "template0");
    return handle(urlOf(url, name), async () => {
      await pool.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  }
  installing ??= ensureTemplate({ url, pool });
  await installing;
  const own = free.pop() ?? urlOf(url, await createDatabase(pool, INSTALLED));
  return handle(own, async () => {
    await endConnections(own);
    await emptyDatabase(own);
    free.push(own);
  });
}

function handle(url: string, release: () => Promise<void>): TestDatabase {
  return { url, release, [Symbol.asyncDispose]: release };
}

async function createDatabase(pool: Pool, template: string): Promise<string> {
  const name = `test_${process.pid}_${++made}`;
  await pool.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  return name;
}

async function administer(): Promise<Administration> {
  const url = await askForServer();
  const pool = new Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  // The server ends before this process does.
  pool.on("error", () => undefined);
  return { url, pool };
}

async function askForServer(): Promise<string> {
  const socket = connect(inject("postgresSocket"));
  socket.write(process.env.VITEST_POOL_ID ?? "0");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  await once(socket, "end");
  const { url, error } = JSON.parse(text) as ServerAnswer;
  if (url === undefined) throw new Error(error);
  return url;
}

/** The first test file of a worker makes it; it gets its name when it is whole. */
async function ensureTemplate({ url, pool }: Administration): Promise<void> {
  const { rowCount } = await pool.query("SELECT FROM pg_database WHERE datname = $1", [INSTALLED]);
  if (rowCount !== 0) return;
  await pool.query("DROP DATABASE IF EXISTS installing WITH (FORCE)");
  await pool.query("CREATE DATABASE installing TEMPLATE template0");
  await makeTemplate(urlOf(url, "installing"));
  await pool.query(`ALTER DATABASE installing RENAME TO ${INSTALLED}`);
}

function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
