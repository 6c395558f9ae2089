import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { LOCK_FILE } from "./lock-folder.ts";

export const DATABASE_FILE = "triggers.db";

/**
 * Makes the data folder (0700) and its files (0600) before anything is written into them; SQLite gives -wal and -shm the mode of their database. The mode of
 * a folder that is there already is its owner's choice and stays.
 */
export function prepareFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  for (const name of [LOCK_FILE, DATABASE_FILE]) {
    const path = join(dataDir, name);
    closeSync(openSync(path, "a", 0o600));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
  }
}
