import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { DataFolderError } from "./data-folder-error.ts";

/** One numbered step of the schema. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** A program that does not know this step cannot work with what it leaves. */
  readonly isBreaking: boolean;
  readonly sql: string;
}

const FOLDER = new URL("./migrations/", import.meta.url);
const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;
/** First line of a migration that older programs cannot live with. */
const BREAKING = "-- breaking";

/** The migrations of this program, in order. */
export function readMigrations(): readonly Migration[] {
  return readdirSync(FOLDER)
    .toSorted()
    .map((file) => {
      const [, number, name] = FILE_NAME.exec(file) ?? [];
      if (number === undefined || name === undefined) throw new Error(`${file} is no name of a migration`);
      const sql = readFileSync(new URL(file, FOLDER), "utf8");
      return { number: Number(number), name, isBreaking: sql.startsWith(`${BREAKING}\n`), sql };
    });
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
