import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SPARE_SHARD } from "../../domain/subscription.ts";
import type { Migration } from "../read-migrations.ts";
import { migrate, readMigrations } from "./migrate.ts";

let connection: DatabaseSync;

beforeEach(() => {
  connection = new DatabaseSync(":memory:");
});

afterEach(() => connection.close());

const FIRST: Migration = { number: 1, name: "one", isBreaking: false, sql: "CREATE TABLE one (a)" };
const SECOND: Migration = { number: 2, name: "two", isBreaking: false, sql: "CREATE TABLE two (a)" };

function tables(): unknown[] {
  return connection
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name);
}

describe("migrations", () => {
  test("of this program are numbered from one without a gap", () => {
    const numbers = readMigrations().map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThan(0);
  });

  test("a webhook whose endpoint lies in the spare shard comes to one that is served", () => {
    migrate(connection, readMigrations().slice(0, 1));
    connection.exec(`INSERT INTO subscriptions (project, id, channel, ordered, on_dead, max_attempts, labels, state, identity,
      endpoint_shard, effective_at, created_at, updated_at, version, sealed)
      SELECT 1, CAST(shard AS BLOB), 'webhook', 0, 'park', 10, '[]', 'active', shard, shard, 0, 0, 0, 1, x'00' FROM owners`);
    migrate(connection, readMigrations());
    const shards = connection.prepare(
      "SELECT DISTINCT endpoint_shard AS shard FROM subscriptions ORDER BY 1",
    );
    expect(shards.all().map(({ shard }) => shard)).toEqual(
      Array.from({ length: SPARE_SHARD }, (_, shard) => shard),
    );
  });

  test("each is applied once, and a newer program adds its own", () => {
    migrate(connection, [FIRST]);
    migrate(connection, [FIRST]);
    migrate(connection, [FIRST, SECOND]);
    expect(tables()).toEqual(["migrations", "one", "two"]);
  });

  test("one that fails leaves the schema as it was", () => {
    migrate(connection, [FIRST]);
    const bad = { ...SECOND, sql: "CREATE TABLE two (a); CREATE TABLE one (a)" };
    expect(() => migrate(connection, [FIRST, bad])).toThrow("already exists");
    expect(tables()).toEqual(["migrations", "one"]);
    migrate(connection, [FIRST, SECOND]);
  });

  test("an older program works with newer steps that break nothing, and refuses one that does", () => {
    migrate(connection, [FIRST, SECOND]);
    migrate(connection, [FIRST]);
    const third = { ...SECOND, number: 3, sql: "CREATE TABLE three (a)", isBreaking: true };
    migrate(connection, [FIRST, SECOND, third]);
    expect(() => migrate(connection, [FIRST])).toThrow("its schema has step 3, this program knows 1");
    migrate(connection, [FIRST, SECOND, third]);
  });
});
