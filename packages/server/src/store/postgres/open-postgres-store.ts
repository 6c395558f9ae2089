import { Client } from "pg";
import type { CopyableStore } from "../copy-store.ts";
import { checkHealth, clockOffsetMs } from "./check-server.ts";
import { joinDoubts, makeDoubt, WRITES } from "./doubt.ts";
import { openEpoch } from "./feed-epochs.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { type Database, openDatabase } from "./open-database.ts";
import { OPERATIONS } from "./operations.ts";
import { translateError } from "./translate-errors.ts";

/**
 * From the answer to a change until every node matches by it. A node begins a group with a snapshot that is 2 s old at most, and the group is committed or given up 1.75 s
 * later at most; the rest is for a difference of clocks.
 */
const MATCH_DELAY_MS = 5_000;

/** Groups of events have connections of their own: nobody else makes them wait, and their statements are always prepared. */
const RECORD_CONNECTIONS = 2;
/** With the one for wake-ups a node takes eleven. */
const OTHER_CONNECTIONS = 8;

/**
 * Opens the store in a database of PostgreSQL 15 or later, whose schema it brings to the newest step. Any number of nodes may share it. Throws if a newer program with
 * a breaking schema has written it.
 */
export async function openPostgresStore({ url }: { readonly url: string }): Promise<CopyableStore> {
  await prepare(url);
  const doubt = makeDoubt(url);
  const db = openDatabase({ url, size: OTHER_CONNECTIONS, doubt });
  const { lives } = db;
  // Behind a group that waited in vain for the disk others do not wait as long again.
  const records = openDatabase({
    ...{ url, size: RECORD_CONNECTIONS, lives },
    doubt: joinDoubts(doubt, makeDoubt(url, WRITES)),
  });
  let closing: Promise<void> | null = null;
  const close = async () => {
    await Promise.all([db.close(), records.close()]);
  };
  await openEpoch(db).catch(async (error) => {
    await close();
    throw error;
  });
  return {
    kind: "postgres",
    matchDelayMs: MATCH_DELAY_MS,
    feedDelayMs: 0,
    sealsEvents: false,
    writesInOrder: false,
    clockOffsetMs: (wallMs) => translated(clockOffsetMs(db, wallMs)),
    // A node may have found connections for the one and none for the other.
    checkHealth: () => translated(Promise.all([checkHealth(db), checkHealth(records)]).then(() => {})),
    close: () => (closing ??= close()),
    ...bindOperations(db),
    recordEvents: (given) => translated(OPERATIONS.recordEvents(records, given)),
  };
}

async function prepare(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: "triggers migrations" });
  await client.connect();
  try {
    await migrate(client, readMigrations());
  } finally {
    await client.end();
  }
}

type Bound = Pick<CopyableStore, keyof typeof OPERATIONS>;

function bindOperations(db: Database): Bound {
  const bound = Object.entries(OPERATIONS).map(([name, operation]) => {
    const run = operation as (db: Database, ...args: readonly unknown[]) => Promise<unknown>;
    return [name, (...args: readonly unknown[]) => translated(run(db, ...args))] as const;
  });
  return Object.fromEntries(bound) as unknown as Bound;
}

/** The border: what the driver throws ends here. */
async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw translateError(error);
  }
}
