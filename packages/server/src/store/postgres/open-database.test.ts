import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "./open-database.ts";
import { operatorSql } from "./sql.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

const PUT = operatorSql(
  "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
);
const READ = operatorSql<readonly [string]>("SELECT name FROM settings ORDER BY name");
const FAIL = operatorSql("SELECT 1 / $1::integer");
const READ_SETTING = operatorSql<readonly [string]>("SELECT current_setting($1)");

const VALUE = new Uint8Array([1]);

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await openTestDatabase();
  db = openDatabase({ url: database.url, size: 4 });
});

afterEach(async () => {
  await db.close();
  await database.release();
});

async function names(): Promise<string[]> {
  return (await db.all(READ)).map(([name]) => name);
}

test("two transactions that take rows in opposite order both end", async () => {
  for (const name of ["a", "b"]) await db.run(PUT, name, VALUE);
  let tries = 0;
  let holders = 0;
  const bothHold = Promise.withResolvers<void>();
  const take = (first: string, second: string) =>
    db.transact(async (tx) => {
      tries += 1;
      await tx.run(PUT, first, VALUE);
      holders += 1;
      if (holders >= 2) bothHold.resolve();
      await bothHold.promise;
      await tx.run(PUT, second, VALUE);
    });
  await Promise.all([take("a", "b"), take("b", "a")]);
  expect(tries).toBe(3);
});

test("a write of which nothing is asked undoes the transaction if it fails", async () => {
  const work = db.transact(async (tx) => {
    tx.send(PUT, "a", VALUE);
    tx.send(FAIL, 0);
  });
  await expect(work).rejects.toThrow("division by zero");
  expect(await names()).toEqual([]);
});

test("such a write that fails before a question is what the caller hears of, not the question that was refused for it", async () => {
  const work = db.transact(async (tx) => {
    tx.send(FAIL, 0);
    return tx.all(READ);
  });
  await expect(work).rejects.toThrow("division by zero");
});

test("a statement of its own that fails as it is committed is refused, and leaves nothing", async () => {
  const admin = await openClient(database.url);
  await admin.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too late'; END $$;
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse()`);
  try {
    await expect(db.run(PUT, "a", VALUE)).rejects.toThrow("too late");
    expect(await names()).toEqual([]);
  } finally {
    await admin.query("DROP FUNCTION refuse CASCADE");
    await admin.end();
  }
});

test("work that throws leaves nothing and its connection goes on", async () => {
  const work = db.transact(async (tx) => {
    await tx.run(PUT, "a", VALUE);
    throw new Error("changed my mind");
  });
  await expect(work).rejects.toThrow("changed my mind");
  await db.run(PUT, "b", VALUE);
  expect(await names()).toEqual(["b"]);
});

test("more callers than connections all come to their turn", async () => {
  const letters = Array.from({ length: 200 }, (_, index) => `n${String(index).padStart(3, "0")}`);
  await Promise.all(letters.map((name) => db.run(PUT, name, VALUE)));
  expect(await names()).toEqual(letters);
});

test.each([
  ["default_transaction_isolation", "read committed"],
  ["synchronous_commit", "on"],
  ["plan_cache_mode", "force_generic_plan"],
  ["statement_timeout", "1500ms"],
])("a connection has %s %s", async (name, value) => {
  expect(await db.get(READ_SETTING, name)).toEqual([value]);
});
