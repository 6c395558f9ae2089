import type { Database } from "./open-database.ts";
import { operatorSql } from "./sql.ts";
import { translateError } from "./translate-errors.ts";
import { WRITES, type WriteCall } from "./writes.ts";

/** What became of one call: its value, or what it threw. */
export type Answer = { readonly value: unknown } | { readonly error: unknown };

const BEGIN = operatorSql("BEGIN IMMEDIATE");
const COMMIT = operatorSql("COMMIT");
const ROLLBACK = operatorSql("ROLLBACK");
const SAVEPOINT = operatorSql("SAVEPOINT call");
const RELEASE = operatorSql("RELEASE call");
const ROLLBACK_TO = operatorSql("ROLLBACK TO call");

/**
 * Runs calls in one transaction, each for itself: one that throws leaves nothing and does not disturb the others. The answers hold once this returns: what they tell of
 * is durable then. If the transaction fails as a whole, all answers are its error and nothing is stored.
 */
export function commitGroup(db: Database, calls: readonly WriteCall[]): readonly Answer[] {
  try {
    db.run(BEGIN);
    const answers = runCalls(db, calls);
    db.run(COMMIT);
    return answers;
  } catch (error) {
    rollBack(db);
    const answer = { error: translateError(error) };
    return calls.map(() => answer);
  }
}

function runCalls(db: Database, calls: readonly WriteCall[]): readonly Answer[] {
  const [only] = calls;
  // A savepoint keeps a copy of each page that is written; alone a call needs none, the transaction is its own.
  if (only !== undefined && calls.length === 1) return [{ value: runOperation(db, only) }];
  return calls.map((call) => runInSavepoint(db, call));
}

function runOperation(db: Database, { name, args }: WriteCall): unknown {
  const operation = WRITES[name] as (db: Database, ...args: readonly unknown[]) => unknown;
  return operation(db, ...args);
}

function runInSavepoint(db: Database, call: WriteCall): Answer {
  db.run(SAVEPOINT);
  try {
    const value = runOperation(db, call);
    db.run(RELEASE);
    return { value };
  } catch (error) {
    // A full disk and the like end the whole transaction: no other call of it holds any more.
    if (!db.connection.isTransaction) throw error;
    db.run(ROLLBACK_TO);
    db.run(RELEASE);
    db.forget();
    return { error: translateError(error) };
  }
}

function rollBack(db: Database): void {
  db.forget();
  if (db.connection.isTransaction) db.run(ROLLBACK);
}
