import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { type Limit, requestLimit, SWEEP_LIMIT } from "./limits.ts";
import { openPool, type PoolSettings } from "./open-pool.ts";
import { runQuery } from "./run-query.ts";
import { runTransaction } from "./run-transaction.ts";
import { makeSession, type Session, type Transaction } from "./session.ts";
import { isRetryable } from "./translate-errors.ts";

/** A database on a server. A statement of its own is a transaction of its own. */
export interface Database extends Session {
  /** By project: the life of the server in which its subscriptions were read last, to be matched by. */
  readonly lives: Map<string, string>;
  /**
   * Runs `work` in a transaction; what it gives holds once this resolves. READ COMMITTED: a statement sees what was committed before it began, so whoever waited
   * for a lock reads in the next statement what the other one left. Work that was undone because of another transaction is run again.
   */
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** The same for a step of a sweep, which may take longer than a request waits. */
  sweep<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const MOST_TRIES = 10;
const RETRY_MS = 20;

export interface DatabaseSettings extends PoolSettings {
  /** One for all connections of a store. */
  readonly lives?: Map<string, string>;
}

/** Opens a database; connections, `size` at most, are made when they are needed. */
export function openDatabase({ lives = new Map(), ...settings }: DatabaseSettings): Database {
  const pool = openPool(settings);
  const use = <T>(limit: Limit, work: (client: ClientBase) => Promise<T>) =>
    tryAgain(() =>
      pool.use((client) => {
        limit.begin();
        return work(client);
      }),
    );
  const transact = <T>(limit: Limit, work: (tx: Transaction) => Promise<T>) =>
    use(limit, (client) => runTransaction(client, { work, limit }));
  return {
    lives,
    ...makeSession((statement, values) => {
      const limit = requestLimit();
      return use(limit, (client) => runQuery(client, statement, { values, limitMs: limit.nextMs() }));
    }),
    transact: (work) => transact(requestLimit(), work),
    sweep: (work) => transact(SWEEP_LIMIT, work),
    close: () => pool.end(),
  };
}

/** A lost race is run again when whoever won it has got the lock that both waited for; at once would be another race for it. */
async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || tries >= MOST_TRIES) throw error;
      await sleep(RETRY_MS);
    }
  }
}
