/** The number of the project `$1` while it is open; in every statement of a request. Of a closed or unknown one it is NULL, which equals no row's. */
export const PROJECT = "(SELECT number FROM projects WHERE id = $1 AND deleted_at IS NULL)";

/**
 * Rows from arrays, as `name (columns)`. The limit lets all of them through, but the planner expects one row of them, not ten, and so looks for each in an index by its whole
 * key. Expecting ten it would rather read all that a project has, as long as it takes the tables for empty, and it keeps such a plan until they are first analyzed: to
 * lock one delivery among 200,000 took 118 ms.
 */
export function fewRows(arrays: string, name: string): string {
  const first = /\$\d+/.exec(arrays)?.[0] ?? "";
  return `(SELECT * FROM unnest(${arrays}) AS ${name} LIMIT cardinality(${first})) AS ${name}`;
}

/** A statement of this adapter. `Row` is the tuple of columns it gives. */
export interface Sql<Row extends readonly unknown[] = readonly never[]> {
  /** Under which each connection prepares it once. */
  readonly name: string;
  readonly text: string;
  /** For sweeps, the push loop and the operator: need not name a project. */
  readonly isOperator: boolean;
  /** Never set: carries the type of a row. */
  readonly row?: Row;
}

const statements: Sql<readonly unknown[]>[] = [];

/** Declares a statement of one project's request: it names the project, which a test checks. */
export function sql<Row extends readonly unknown[] = readonly never[]>(text: string): Sql<Row> {
  return declare(text, false);
}

/** Declares a statement that may touch rows of any project. */
export function operatorSql<Row extends readonly unknown[] = readonly never[]>(text: string): Sql<Row> {
  return declare(text, true);
}

/** Every statement declared so far. */
export function declaredStatements(): readonly Sql<readonly unknown[]>[] {
  return statements;
}

function declare<Row extends readonly unknown[]>(text: string, isOperator: boolean): Sql<Row> {
  const statement: Sql<Row> = { name: `t${statements.length}`, text, isOperator };
  statements.push(statement);
  return statement;
}
