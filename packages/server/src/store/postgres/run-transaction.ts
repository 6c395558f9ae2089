import type { ClientBase } from "pg";
import type { Limit } from "./limits.ts";
import { runQuery, streamOf } from "./run-query.ts";
import { makeSession, type Query, type Transaction } from "./session.ts";
import { operatorSql } from "./sql.ts";

const BEGIN = operatorSql("BEGIN");
const COMMIT = operatorSql("COMMIT");
const ROLLBACK = operatorSql("ROLLBACK");
const GRANT_TIME = operatorSql("SELECT set_config('statement_timeout', $1, true)");

/**
 * Runs `work` in a transaction of a connection; what it gives is durable once this resolves. BEGIN travels with the first statement, and the writes of which nothing is
 * asked with the COMMIT: a transaction takes as many round trips as it asks questions, and one more. `limit`: how long its
 * statements may take.
 */
export async function runTransaction<T>(
  client: ClientBase,
  { work, limit }: { readonly work: (tx: Transaction) => Promise<T>; readonly limit: Limit },
): Promise<T> {
  const sent: Promise<unknown>[] = [];
  let firstFailure: unknown;
  const cork = makeCork(client);
  const query: Query = (statement, values) => {
    cork();
    return runQuery(client, statement, { values, limitMs: limit.nextMs() });
  };
  const session = makeSession(query);
  const counted: Transaction["counted"] = (statement, ...values) => {
    const changed = session.run(statement, ...values);
    // Told by the commit, or in place of what fails because of it: all later statements are refused.
    changed.catch((error: unknown) => {
      firstFailure ??= error;
    });
    sent.push(changed);
    return changed;
  };
  const send: Transaction["send"] = (statement, ...values) => void counted(statement, ...values);
  send(BEGIN);
  try {
    if (limit.isGranted) send(GRANT_TIME, String(limit.nextMs()));
    const value = await work({ ...session, send, counted });
    send(COMMIT);
    await Promise.all(sent);
    return value;
  } catch (error) {
    // If that fails too, the first failure says why: it tells a silent server from a lost connection.
    await query(ROLLBACK, []).catch(() => {});
    throw firstFailure ?? error;
  }
}

/** Holds back what is written to the connection until all that is ready to be written is: each write of its own costs some 50 µs of this process's CPU. */
function makeCork(client: ClientBase): () => void {
  const stream = streamOf(client);
  let isCorked = false;
  return () => {
    if (isCorked) return;
    isCorked = true;
    stream.cork();
    process.nextTick(() => {
      isCorked = false;
      stream.uncork();
    });
  };
}
