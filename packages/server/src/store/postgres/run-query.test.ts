import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runQuery, streamOf } from "./run-query.ts";
import { operatorSql } from "./sql.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

const LENGTH = operatorSql<readonly [number]>("SELECT octet_length($1::bytea)");
const SLEEP = operatorSql("SELECT pg_sleep(10)");
const FAIL = operatorSql("SELECT 1 / $1::integer");
const STATEMENTS = 100;
const VALUE_BYTES = 20_000;

let database: TestDatabase;
let client: Client;

beforeEach(async () => {
  database = await openTestDatabase({ isEmpty: true });
  client = await openClient(database.url);
});

afterEach(async () => {
  await client.end();
  await database.release();
});

test("a statement that is not answered in time is given up, and its connection with it", async () => {
  client.on("error", () => undefined);
  const sleeping = runQuery(client, SLEEP, { values: [], limitMs: 50 });
  await expect(sleeping).rejects.toThrow(/timeout/);
  expect(streamOf(client).destroyed).toBe(true);
});

test("one that the server refuses is refused, and its connection goes on", async () => {
  const options = { values: [0], limitMs: 5_000 };
  await expect(runQuery(client, FAIL, options)).rejects.toThrow("division by zero");
  const { rows } = await runQuery(client, LENGTH, { values: [Buffer.alloc(3)], limitMs: 5_000 });
  expect(rows).toEqual([[3]]);
});

test("a statement that is over lets go of its values without a full collection", async () => {
  setFlagsFromString("--expose-gc");
  const collect: (options: { readonly type: "minor" | "major" }) => void = runInNewContext("gc");
  collect({ type: "major" });
  const before = process.memoryUsage().arrayBuffers;
  for (let left = STATEMENTS; left > 0; left--) {
    await runQuery(client, LENGTH, { values: [Buffer.alloc(VALUE_BYTES)], limitMs: 5_000 });
  }
  // Once to find out what is dead, again to have it freed.
  for (let left = 3; left > 0; left--) collect({ type: "minor" });
  const kept = process.memoryUsage().arrayBuffers - before;
  expect(kept).toBeLessThan((STATEMENTS * VALUE_BYTES) / 4);
});
