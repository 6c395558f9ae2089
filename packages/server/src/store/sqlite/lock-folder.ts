import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { DataFolderError } from "./data-folder-error.ts";
import { isBusy } from "./translate-errors.ts";

export interface FolderLock {
  release(): void;
}

export const LOCK_FILE = "triggers.lock";

/**
 * Takes the data folder for this process, or throws at once if another one has it. The lock is one of the operating system, held by SQLite on a small file of its own: it ends
 * with the process however that ends, and nothing stale is left. The file's `user_version` is the holder's process id, for the message alone.
 */
export function lockFolder(dataDir: string): FolderLock {
  const path = join(dataDir, LOCK_FILE);
  const connection = new DatabaseSync(path, { timeout: 0 });
  try {
    connection.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
      BEGIN EXCLUSIVE; PRAGMA user_version = ${process.pid}; COMMIT;`);
  } catch (error) {
    connection.close();
    if (!isBusy(error)) throw error;
    throw new DataFolderError(
      `The data folder ${dataDir} is in use by another process${holderText(path)}. One process at a time may use it: stop that one, or set another TRIGGERS_DATA_DIR.`,
      error,
    );
  }
  return { release: () => connection.close() };
}

/** `immutable` reads without a lock, and without the system's surprise that closing a second handle drops the first one's lock. */
function holderText(path: string): string {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  try {
    const connection = new DatabaseSync(url, { readOnly: true });
    const pid = Number(connection.prepare("PRAGMA user_version").get()?.user_version);
    connection.close();
    return pid > 0 ? ` (process ${pid})` : "";
  } catch {
    return "";
  }
}
