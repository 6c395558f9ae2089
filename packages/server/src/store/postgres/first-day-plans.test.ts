import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenPool, openPool } from "./open-pool.ts";
import "./open-postgres-store.ts";
import { declaredStatements } from "./sql.ts";
import { explainStatement } from "./testing/explain-statement.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

/** What asks for rows by keys that it is given as arrays. */
const byKeys = declaredStatements().filter(({ text, isOperator }) => {
  return !isOperator && /(?:unnest| = ANY ?)\(\$2/.test(text);
});

/** A look at an index that asks for no more than the project. */
const ALL_OF_PROJECT = /Index Cond: \(project = \(InitPlan \d+\)\.col1\)$/;

let database: TestDatabase;
let pool: OpenPool;

beforeAll(async () => {
  database = await openTestDatabase();
  pool = openPool({ url: database.url, size: 1 });
});

afterAll(async () => {
  await pool.end();
  await database.release();
});

test("with all tables empty, rows that are asked for by keys are planned to be found by whole keys", async () => {
  expect(byKeys.length).toBeGreaterThan(10);
  for (const { text } of byKeys) {
    const plan = await pool.use((client) => explainStatement(client, text));
    expect(
      plan.filter((step) => ALL_OF_PROJECT.test(step)),
      text,
    ).toEqual([]);
  }
});
