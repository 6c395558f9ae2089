import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { type Sql, sql } from "./sql.ts";

export type Value = SQLInputValue;

/** An open connection. Rows are tuples in the order of the columns: half the cost of objects. */
export interface Database {
  /** Gives how many rows changed. */
  run(statement: Sql, ...values: Value[]): number;
  /** Gives the rowid of the new row. */
  insert(statement: Sql, ...values: Value[]): number;
  get<Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]): Row | undefined;
  all<Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]): Row[];
  /** The number of a project that is not closed. */
  projectNumber(id: string): number | null;
  /** Latest time of acceptance of each project, by its number; kept by `recordEvents`. */
  readonly latestAt: Map<number, number>;
  /** Drops what is remembered of rows: after a rollback, and when a project closes. */
  forget(): void;
  readonly connection: DatabaseSync;
}

interface Prepared {
  run(...values: Value[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: Value[]): readonly unknown[] | undefined;
  all(...values: Value[]): (readonly unknown[])[];
}

/**
 * 8 KiB pages: about a tenth less CPU per plain event than 4 KiB. The page cache stays small because SQLite walks all of it at each commit in which a page was split: with 64 MiB
 * of 4 KiB pages that was a quarter of all CPU. What it does not hold is one copy away in the system's cache. No memory map: its pages count as resident.
 */
const PAGE_BYTES = 8192;
const WRITER_CACHE_KIB = 16_384;
const READER_CACHE_KIB = 8_192;
/** About 16 MiB: a crash leaves no more to read back, and a checkpoint takes a few ms of the writer's time. */
const CHECKPOINT_PAGES = 2_000;
const WAL_KEPT_BYTES = 64 * 1024 * 1024;
/** How long to wait for someone else's lock, such as that of a backup. */
const WRITER_WAIT_MS = 5_000;
const READER_WAIT_MS = 1_000;

/** Opens the connection that writes; makes the file if it is not there. */
export function openWriter(path: string): Database {
  const connection = new DatabaseSync(path, { timeout: WRITER_WAIT_MS });
  // Both are fixed once the first table is made, and the second is written again each time it is said: a start that is refused must change nothing. Incremental vacuum is
  // how retention gives space back in small steps.
  const isNew = connection.prepare("PRAGMA page_count").get()?.page_count === 0;
  if (isNew) connection.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL;`);
  // Deleted bytes are overwritten (`secure_delete`): 14 µs of CPU per removed event with and without.
  connection.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${WAL_KEPT_BYTES};
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -${WRITER_CACHE_KIB};
  `);
  return makeDatabase(connection, true);
}

/** Opens a connection that only reads, beside the one that writes. */
export function openReader(path: string): Database {
  const connection = new DatabaseSync(path, { readOnly: true, timeout: READER_WAIT_MS });
  connection.exec(`PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${READER_CACHE_KIB};`);
  return makeDatabase(connection, false);
}

const READ_NUMBER = sql<[number]>("SELECT number FROM projects WHERE id = ? AND deleted_at IS NULL");

/** `isOnlyWriter`: nobody else changes rows, so that they may be remembered. */
function makeDatabase(connection: DatabaseSync, isOnlyWriter: boolean): Database {
  const prepared: Prepared[] = [];
  const numbers = new Map<string, number>();
  const latestAt = new Map<number, number>();
  const prepare = ({ id, text }: Sql<readonly unknown[]>): Prepared => {
    const known = prepared[id];
    if (known !== undefined) return known;
    const statement = connection.prepare(text);
    statement.setReturnArrays(true);
    // The types know rows as objects only.
    const made = statement as unknown as Prepared;
    prepared[id] = made;
    return made;
  };
  const readNumber = (id: string): number | null => {
    const number = (prepare(READ_NUMBER).get(id)?.[0] as number | undefined) ?? null;
    if (number !== null && isOnlyWriter) numbers.set(id, number);
    return number;
  };
  return {
    run: (statement, ...values) => Number(prepare(statement).run(...values).changes),
    insert: (statement, ...values) => Number(prepare(statement).run(...values).lastInsertRowid),
    get: <Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]) =>
      prepare(statement).get(...values) as Row | undefined,
    all: <Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]) =>
      prepare(statement).all(...values) as unknown as Row[],
    projectNumber: (id) => numbers.get(id) ?? readNumber(id),
    latestAt,
    forget() {
      numbers.clear();
      latestAt.clear();
    },
    connection,
  };
}
