import { TriggersError } from "../../domain/errors.ts";

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const NO_MEMORY = 7;
const READ_ONLY = 8;
const IO_ERROR = 10;
/** What SQLite makes of a disk that died under it, too. */
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NO_DATABASE = 26;

const UNAVAILABLE: readonly number[] = [
  BUSY,
  LOCKED,
  NO_MEMORY,
  READ_ONLY,
  IO_ERROR,
  CORRUPT,
  CANNOT_OPEN,
  NO_DATABASE,
];

/** What a caller may be told of a failure of the driver; anything else stays as it is: it is a bug. */
export function translateError(error: unknown): unknown {
  const code = primaryCode(error);
  if (code === null) return error;
  if (code === FULL) {
    const detail = "The disk of the data folder is full; nothing was stored.";
    return new TriggersError("storage_full", detail, { cause: error });
  }
  if (!UNAVAILABLE.includes(code)) return error;
  const detail = "The database file cannot be read or written; send the same again later.";
  return new TriggersError("storage_unavailable", detail, { cause: error });
}

/** The primary result code of an error of `node:sqlite`: extended ones keep it in the low byte. */
function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error)) return null;
  return typeof error.errcode === "number" ? error.errcode & 0xff : null;
}

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === BUSY;
}

/** For every call after the end of a store. */
export function closedError(): TriggersError {
  return new TriggersError("storage_unavailable", "The store is closed; start the program again.");
}

/** For calls whose thread has ended, and until another has taken its place. */
export function endedError(cause: unknown): TriggersError {
  const detail = "The store is being opened again; send the same again in a moment.";
  return new TriggersError("storage_unavailable", detail, { cause });
}
