import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { commitGroup } from "./commit-group.ts";
import { giveSpaceBack } from "./give-space-back.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { type Database, openWriter } from "./open-database.ts";
import {
  type FromWriter,
  MOST_CALLS,
  type PackedCall,
  packAnswer,
  packError,
  type ToWriter,
  unpackCall,
} from "./writer-messages.ts";
import type { WriteName } from "./writes.ts";

/** What frees space. */
const REMOVALS: readonly WriteName[] = ["expireEvents", "purgeProject", "deleteEvent"];

if (parentPort !== null) serve(parentPort, workerData as string);

/** The thread of the writer: opens the database at `path` and commits what comes, as much at once as waits. */
function serve(port: MessagePort, path: string): void {
  const say = (message: FromWriter) => port.postMessage(message);
  const db = open(path, say);
  if (db === null) return;
  port.on("message", (first: ToWriter) => {
    const { calls, isLast } = takeWaiting(port, first);
    if (calls.length > 0) say({ kind: "answers", answers: commitCalls(db, calls) });
    if (calls.some(({ name }) => REMOVALS.includes(name))) giveSpaceBack(db);
    if (isLast) close(db, port);
  });
}

function open(path: string, say: (message: FromWriter) => void): Database | null {
  try {
    const db = openWriter(path);
    migrate(db.connection, readMigrations());
    say({ kind: "open" });
    return db;
  } catch (error) {
    say({ kind: "failed", error: packError(error) });
    return null;
  }
}

/** The calls of the message and of what stands behind it already. `isLast`: nothing comes any more. */
function takeWaiting(port: MessagePort, first: ToWriter) {
  const calls: PackedCall[] = [];
  let message: ToWriter | undefined = first;
  while (message?.kind === "calls") {
    calls.push(...message.calls);
    if (calls.length >= MOST_CALLS) break;
    message = receiveMessageOnPort(port)?.message as ToWriter | undefined;
  }
  return { calls, isLast: message?.kind === "close" };
}

function commitCalls(db: Database, calls: readonly PackedCall[]) {
  const answers = commitGroup(db, calls.map(unpackCall));
  return calls.map((call, index) => packAnswer(call, answers[index] ?? { error: new Error("no answer") }));
}

/** Leaves the whole of the data in the one file. */
function close(db: Database, port: MessagePort): void {
  try {
    db.connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.connection.close();
    port.close();
  }
}
