import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { commitGroup } from "./commit-group.ts";
import { giveSpaceBack } from "./give-space-back.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { type Database, openWriter } from "./open-database.ts";
import {
  type FromWriter,
  type PackedCall,
  packAnswer,
  packError,
  type ToWriter,
  unpackCall,
} from "./writer-messages.ts";
import type { WriteName } from "./writes.ts";

/** Calls of one transaction at most: the first of them waits for the last. */
const MOST_CALLS = 256;

/** What frees space. */
const REMOVALS: readonly WriteName[] = ["expireEvents", "purgeProject", "deleteEvent"];

if (parentPort !== null) serve(parentPort, workerData as string);

/** The thread of the writer: opens the database at `path` and commits what comes, as much at once as waits. */
function serve(port: MessagePort, path: string): void {
  const say = (message: FromWriter) => port.postMessage(message);
  const db = open(path, say);
  if (db === null) return;
  port.on("message", (first: ToWriter) => {
    const messages = takeWaiting(port, first);
    const calls = messages.filter((message) => message.kind === "call");
    if (calls.length > 0) say({ kind: "answers", answers: commitCalls(db, calls) });
    if (calls.some(({ name }) => REMOVALS.includes(name))) giveSpaceBack(db);
    if (calls.length < messages.length) close(db, port);
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

/** The message and what stands behind it already. */
function takeWaiting(port: MessagePort, first: ToWriter): ToWriter[] {
  const messages = [first];
  while (messages.length < MOST_CALLS) {
    const next = receiveMessageOnPort(port);
    if (next === undefined) break;
    messages.push(next.message as ToWriter);
  }
  return messages;
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
