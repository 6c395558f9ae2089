import { Client } from "pg";
import { openPostgresStore } from "../open-postgres-store.ts";

/** The database that others are copied from. */
export const INSTALLED = "installed";

/** Makes the tables in an empty database, and beside them, in a schema of its own, a copy of the rows they begin with. */
export async function makeTemplate(url: string): Promise<void> {
  const store = await openPostgresStore({ url });
  await store.close();
  await withClient(url, async (client) => {
    await client.query(`CREATE SCHEMA ${INSTALLED}`);
    for (const table of await tablesOf(client, "public")) {
      const { rowCount } = await client.query(`SELECT FROM public.${table} LIMIT 1`);
      if (rowCount !== 0) await client.query(`CREATE TABLE ${INSTALLED}.${table} AS TABLE public.${table}`);
    }
  });
}

/** Ends all connections to a database that are left. */
export function endConnections(url: string): Promise<void> {
  return withClient(url, async (client) => {
    await client.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  });
}

/** Leaves the rows of a new installation. Rows are deleted: to truncate all tables takes ten times as long. Fails if a transaction was left open. */
export function emptyDatabase(url: string): Promise<void> {
  return withClient(url, async (client) => {
    const kept = await tablesOf(client, INSTALLED);
    const others = (await tablesOf(client, "public")).filter((table) => !kept.includes(table));
    const deletes = others.map((table) => `DELETE FROM public.${table}`);
    const begin = ["BEGIN", "SET LOCAL lock_timeout = 5000"];
    await client.query([...begin, ...deletes, ...kept.flatMap(restore), "COMMIT"].join("; "));
  });
}

function restore(table: string): string[] {
  const now = `public.${table}`;
  const then = `${INSTALLED}.${table}`;
  return [
    `DELETE FROM ${now} AS row WHERE row::text NOT IN (SELECT row::text FROM ${then} AS row)`,
    `INSERT INTO ${now} OVERRIDING SYSTEM VALUE (SELECT * FROM ${then} EXCEPT SELECT * FROM ${now})`,
  ];
}

async function tablesOf(client: Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = $1::regnamespace",
    [schema],
  );
  return rows.map(({ name }) => name);
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
