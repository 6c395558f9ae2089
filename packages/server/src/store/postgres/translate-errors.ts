import { TriggersError } from "../../domain/errors.ts";

/** Classes and codes of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html) that mean: it may work again. */
const UNAVAILABLE_CLASSES = [
  "08", // connection
  "25", // invalid transaction state: a server that only reads, as after a failover
  "28", // not let in
  "40", // deadlocks and the like that outlasted the retries
  "53", // out of memory, connections, …
  "55", // a lock that was not to be had
  "57", // statement_timeout, shutdown, crash of another session
  "58", // i/o errors of the server's machine
];
const DISK_FULL = "53100";
const NO_CONNECTION_LEFT = "53300";
const NO_DATABASE = "3D000";
const NULL_VALUE = "23502";
const RETRYABLE = ["40001", "40P01"];

/** What the driver says without a code: it lost, or never got, its connection. */
const CONNECTION_WORDS = /connection|timeout|not queryable/i;
/** Codes of sockets and name servers: `ECONNREFUSED`, `ETIMEDOUT`, `EAI_AGAIN`, …. */
const SOCKET_CODE = /^E[A-Z_]+$/;
/** A `SQLSTATE`. */
const SERVER_CODE = /^[0-9A-Z]{5}$/;

/** What a caller may be told of a failure of the driver; anything else stays as it is: it is a bug. */
export function translateError(error: unknown): unknown {
  if (error instanceof TriggersError || !(error instanceof Error)) return error;
  if (codeOf(error) === DISK_FULL) {
    const detail = "The disk of the database is full; nothing was stored.";
    return new TriggersError("storage_full", detail, { cause: error });
  }
  return isUnavailable(error) ? unavailable(error) : error;
}

/** The database does not answer, or cannot now. */
export function unavailable(cause?: unknown): TriggersError {
  const detail = "The database cannot be reached or cannot write now; send the same again later.";
  return new TriggersError("storage_unavailable", detail, { cause });
}

/** Two transactions stood in each other's way, and this one was undone: it may simply be run again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && RETRYABLE.includes(codeOf(error) ?? "");
}

/** Events were to be stored while the feed had no epoch for them. */
export function isWithoutEpoch(error: unknown): boolean {
  return (
    error instanceof Error && codeOf(error) === NULL_VALUE && "column" in error && error.column === "epoch"
  );
}

/** The server has no connection left to give. */
export function isOutOfConnections(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === NO_CONNECTION_LEFT;
}

/** The server answered with an error and went on: its connection is as good as before. */
export function isServerAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || !("severity" in error)) return false;
  return error.severity === "ERROR";
}

/** Nothing came back in time. Many callers that wait for a connection time out as well; a doubt is soon dispelled then. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === null && /timeout/i.test(error.message);
}

function isUnavailable(error: Error): boolean {
  const code = codeOf(error);
  if (code === null) return CONNECTION_WORDS.test(error.message);
  if (!SERVER_CODE.test(code) || !("severity" in error)) return SOCKET_CODE.test(code);
  return code === NO_DATABASE || UNAVAILABLE_CLASSES.some((prefix) => code.startsWith(prefix));
}

function codeOf(error: Error): string | null {
  return "code" in error && typeof error.code === "string" ? error.code : null;
}
