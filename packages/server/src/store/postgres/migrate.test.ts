import type { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Migration } from "../read-migrations.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

const FIRST: Migration = { number: 1, name: "one", isBreaking: false, sql: "CREATE TABLE one (a integer)" };
const SECOND: Migration = { number: 2, name: "two", isBreaking: false, sql: "CREATE TABLE two (a integer)" };

let database: TestDatabase;
let clients: Client[];
let client: Client;

beforeEach(async () => {
  database = await openTestDatabase({ isEmpty: true });
  clients = [];
  client = await connect();
});

afterEach(async () => {
  for (const one of clients) await one.end();
  await database.release();
});

async function connect(): Promise<Client> {
  const one = await openClient(database.url);
  clients.push(one);
  return one;
}

async function tables(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

describe("migrations", () => {
  test("of this program are numbered from one without a gap", () => {
    const numbers = readMigrations().map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThan(0);
  });

  test("each is applied once, and a newer program adds its own", async () => {
    await migrate(client, [FIRST]);
    await migrate(client, [FIRST]);
    await migrate(client, [FIRST, SECOND]);
    expect(await tables()).toEqual(["migrations", "one", "two"]);
  });

  test("of programs that start at once one applies them and the others wait", async () => {
    const starting = [client, await connect(), await connect(), await connect()];
    await Promise.all(starting.map((one) => migrate(one, [FIRST, SECOND])));
    expect(await tables()).toEqual(["migrations", "one", "two"]);
  });

  test("one that fails leaves the schema as it was", async () => {
    await migrate(client, [FIRST]);
    const bad = { ...SECOND, sql: "CREATE TABLE two (a integer); CREATE TABLE one (a integer)" };
    await expect(migrate(client, [FIRST, bad])).rejects.toThrow("already exists");
    expect(await tables()).toEqual(["migrations", "one"]);
    await migrate(client, [FIRST, SECOND]);
  });

  test("an older program works with newer steps that break nothing, and refuses one that does", async () => {
    await migrate(client, [FIRST, SECOND]);
    await migrate(client, [FIRST]);
    const third = { ...SECOND, number: 3, sql: "CREATE TABLE three (a integer)", isBreaking: true };
    await migrate(client, [FIRST, SECOND, third]);
    await expect(migrate(client, [FIRST])).rejects.toThrow("its schema has step 3, this program knows 1");
    await migrate(client, [FIRST, SECOND, third]);
  });
});
