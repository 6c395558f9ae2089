import { chmodSync, closeSync, existsSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { DataFolderError } from "./data-folder-error.ts";
import { DATABASE_FILE } from "./prepare-folder.ts";

/** Pages a step: writers wait for none of them. */
const STEP_PAGES = 500;

/**
 * Copies the database of a data folder into a new file of mode 0600, as it was at one moment, also while a server writes to it, and checks the copy. Gives its size in
 * bytes. A file that is there already is left alone.
 */
export async function backUpSqlite(parts: {
  readonly dataDir: string;
  readonly file: string;
  readonly onProgress: (donePages: number, totalPages: number) => void;
}): Promise<number> {
  const { dataDir, file, onProgress } = parts;
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) throw new DataFolderError(`There is no store in ${dataDir}.`);
  claimFile(file);
  try {
    const source = new DatabaseSync(path, { readOnly: true });
    try {
      await backup(source, file, {
        rate: STEP_PAGES,
        progress: ({ totalPages, remainingPages }) => onProgress(totalPages - remainingPages, totalPages),
      });
    } finally {
      source.close();
    }
    checkFile(file);
    return statSync(file).size;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** Made by nobody else, readable by nobody else. */
function claimFile(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    throw new DataFolderError(
      `${file} cannot be made; name a file that is not there, in a folder that is.`,
      error,
    );
  }
}

function checkFile(file: string): void {
  const copy = new DatabaseSync(file, { readOnly: true });
  try {
    const found = copy.prepare("PRAGMA integrity_check(1)").get()?.integrity_check;
    if (found !== "ok") throw new DataFolderError(`The copy is damaged: ${String(found)}. Check the store.`);
  } finally {
    copy.close();
  }
}
