import type { ClientBase } from "pg";
import { OperatorError } from "../../domain/errors.ts";
import { type Migration, readMigrations as readSteps } from "../read-migrations.ts";

const FOLDER = new URL("./migrations/", import.meta.url);

/** The migrations of this program, in order. */
export function readMigrations(): readonly Migration[] {
  return readSteps(FOLDER);
}

/** Any number that nobody else locks in this database: "triggers" in letters of a phone. */
const LOCK = 87_444_377;

const MADE = `CREATE TABLE IF NOT EXISTS migrations
  (number integer PRIMARY KEY, name text NOT NULL, is_breaking boolean NOT NULL)`;

/**
 * Brings the schema to the newest step, all steps in one transaction; of several programs that start at once the first does it and the others wait. With nothing to do it
 * writes nothing. Steps of a newer program are left alone; if one of them is breaking, this throws and changes nothing.
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  if (isNewest(await readDone(client), migrations)) return;
  await client.query("BEGIN");
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    // Before the look: it also makes this session hear of tables that others have made while it waited.
    await client.query(MADE);
    const done = await readDone(client);
    const missing = isNewest(done, migrations) ? [] : migrations.filter(({ number }) => !done.has(number));
    for (const migration of missing) await apply(client, migration);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function apply(client: ClientBase, { number, name, isBreaking, sql }: Migration): Promise<void> {
  await client.query(sql);
  const values = [number, name, isBreaking];
  await client.query("INSERT INTO migrations (number, name, is_breaking) VALUES ($1, $2, $3)", values);
}

/** The steps that were made, and whether they are breaking. */
async function readDone(client: ClientBase): Promise<ReadonlyMap<number, boolean>> {
  const { rows: found } = await client.query<{ is_there: boolean }>(
    "SELECT to_regclass('migrations') IS NOT NULL AS is_there",
  );
  if (found[0]?.is_there !== true) return new Map();
  const { rows } = await client.query<{ number: number; is_breaking: boolean }>(
    "SELECT number, is_breaking FROM migrations",
  );
  return new Map(rows.map(({ number, is_breaking }) => [number, is_breaking]));
}

/** True if nothing is to be done. Throws if a newer program has made a breaking step. */
function isNewest(done: ReadonlyMap<number, boolean>, migrations: readonly Migration[]): boolean {
  const newest = migrations.at(-1)?.number ?? 0;
  const breaking = [...done].filter(([number, isBreaking]) => isBreaking && number > newest);
  if (breaking.length > 0) {
    const step = Math.max(...breaking.map(([number]) => number));
    throw new OperatorError(
      `The database was written by a newer version of this program (its schema has step ${step}, this program knows ${newest}). Start that version, or a newer one.`,
    );
  }
  return migrations.every(({ number }) => done.has(number));
}
