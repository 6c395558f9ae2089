import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { LOCK_FILE } from "./lock-folder.ts";

export const DATABASE_FILE = "triggers.db";

/**
 * Makes the data folder (0700) and its files (0600) before anything is written into them; SQLite gives -wal and -shm the mode of their database. The mode of
 * a folder that is there already is its owner's choice and stays.
 */
export function prepareFolder(dataDir: string): void {
  const first = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (first !== undefined) syncParents(dataDir, first);
  for (const name of [LOCK_FILE, DATABASE_FILE]) {
    const path = join(dataDir, name);
    closeSync(openSync(path, "a", 0o600));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
  }
}

/** A folder outlives a power cut once its parent is on the disk; `first` is the topmost of those that were made. SQLite does so for its files. */
function syncParents(made: string, first: string): void {
  // Windows opens no folders.
  if (process.platform === "win32") return;
  const parent = openSync(dirname(made), "r");
  fsyncSync(parent);
  closeSync(parent);
  if (made.length > first.length) syncParents(dirname(made), first);
}
