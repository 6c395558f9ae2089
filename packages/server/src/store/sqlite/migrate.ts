import type { DatabaseSync } from "node:sqlite";
import { type Migration, readMigrations as readSteps } from "../read-migrations.ts";
import { DataFolderError } from "./data-folder-error.ts";

const FOLDER = new URL("./migrations/", import.meta.url);

/** The migrations of this program, in order. */
export function readMigrations(): readonly Migration[] {
  return readSteps(FOLDER);
}

const MADE = `CREATE TABLE IF NOT EXISTS migrations
  (number INTEGER PRIMARY KEY, name TEXT NOT NULL, is_breaking INTEGER NOT NULL) STRICT`;

/**
 * Brings the schema to the newest step, all steps in one transaction; with nothing to do it writes nothing. Steps of a newer program are left alone; if one of them is
 * breaking, this throws and changes nothing.
 */
export function migrate(connection: DatabaseSync, migrations: readonly Migration[]): void {
  const done = readDone(connection);
  refuseNewer(connection, { done, newest: migrations.at(-1)?.number ?? 0 });
  const missing = migrations.filter(({ number }) => !done.has(number));
  if (missing.length === 0) return;
  connection.exec("BEGIN IMMEDIATE");
  try {
    connection.exec(MADE);
    const insert = connection.prepare("INSERT INTO migrations (number, name, is_breaking) VALUES (?, ?, ?)");
    for (const { number, name, isBreaking, sql } of missing) {
      connection.exec(sql);
      insert.run(number, name, isBreaking ? 1 : 0);
    }
    connection.exec("COMMIT");
  } catch (error) {
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

/** The numbers of the steps that were made. Nobody else writes: the folder is locked. */
function readDone(connection: DatabaseSync): ReadonlySet<unknown> {
  const table = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get();
  if (table === undefined) return new Set();
  return new Set(
    connection
      .prepare("SELECT number FROM migrations")
      .all()
      .map(({ number }) => number),
  );
}

function refuseNewer(
  connection: DatabaseSync,
  { done, newest }: { readonly done: ReadonlySet<unknown>; readonly newest: number },
): void {
  if (done.size === 0) return;
  const found = connection
    .prepare("SELECT max(number) AS number FROM migrations WHERE is_breaking = 1 AND number > ?")
    .get(newest);
  const number = found?.number ?? null;
  if (number === null) return;
  throw new DataFolderError(
    `The data folder was written by a newer version of this program (its schema has step ${String(number)}, this program knows ${newest}). Start that version, or a newer one.`,
  );
}
