import { readdirSync, readFileSync } from "node:fs";

/** One numbered step of a schema. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** A program that does not know this step cannot work with what it leaves. */
  readonly isBreaking: boolean;
  readonly sql: string;
}

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;
/** First line of a migration that older programs cannot live with. */
const BREAKING = "-- breaking";

/** The steps in a folder, in order. */
export function readMigrations(folder: URL): readonly Migration[] {
  return readdirSync(folder)
    .toSorted()
    .map((file) => {
      const [, number, name] = FILE_NAME.exec(file) ?? [];
      if (number === undefined || name === undefined) throw new Error(`${file} is no name of a migration`);
      const sql = readFileSync(new URL(file, folder), "utf8");
      return { number: Number(number), name, isBreaking: sql.startsWith(`${BREAKING}\n`), sql };
    });
}
