import type { QueryArrayResult } from "pg";
import type { Sql } from "./sql.ts";

type Scalar = string | number | boolean | Uint8Array | null;
/** An array stands for an array of PostgreSQL. */
export type Value = Scalar | readonly Scalar[];

/** Where statements are run. Rows are tuples in the order of the columns. */
export interface Session {
  /** Gives how many rows changed. */
  run(statement: Sql<readonly unknown[]>, ...values: Value[]): Promise<number>;
  get<Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]): Promise<Row | undefined>;
  all<Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]): Promise<Row[]>;
}

/** Statements that are committed together. */
export interface Transaction extends Session {
  /** A write of which nothing is to be known: it travels with the next statement, or with the commit; if it fails, so does the transaction. */
  send(statement: Sql<readonly unknown[]>, ...values: Value[]): void;
  /** The same, for whoever asks after the commit how many rows changed. */
  counted(statement: Sql<readonly unknown[]>, ...values: Value[]): Promise<number>;
}

/** Runs a statement on a connection. */
export type Query = (statement: Sql<readonly unknown[]>, values: readonly Value[]) => Promise<Answer>;
export type Answer = Pick<QueryArrayResult<unknown[]>, "rows" | "rowCount">;

export function makeSession(query: Query): Session {
  return {
    run: async (statement, ...values) => (await query(statement, values)).rowCount ?? 0,
    get: async <Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]) =>
      (await query(statement, values)).rows[0] as unknown as Row | undefined,
    all: async <Row extends readonly unknown[]>(statement: Sql<Row>, ...values: Value[]) =>
      (await query(statement, values)).rows as unknown as Row[],
  };
}
