/*
 * Limits are written `LIMIT ? + 0`: SQLite plans with the value of a bare `LIMIT ?` and compiles the statement anew whenever that is bound, 10 to 20 µs each time.
 */

/** A statement of this adapter. `Row` is the tuple of columns it gives. */
export interface Sql<Row extends readonly unknown[] = readonly never[]> {
  /** Place in the list of prepared statements of each connection. */
  readonly id: number;
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
  const statement: Sql<Row> = { id: statements.length, text, isOperator };
  statements.push(statement);
  return statement;
}
