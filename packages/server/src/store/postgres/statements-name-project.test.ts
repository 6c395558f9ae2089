import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenPool, openPool } from "./open-pool.ts";
import "./open-postgres-store.ts";
import { declaredStatements, PROJECT } from "./sql.ts";
import { explainStatement } from "./testing/explain-statement.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

const statements = declaredStatements().map(({ text, isOperator }) => {
  return { text: text.replaceAll(/\s+/g, " "), isOperator };
});
const ofRequests = statements.filter(({ isOperator }) => !isOperator).map(({ text }) => text);

/** Beginnings of the statements that may touch rows of any project: sweeps, push loop, operator, transactions. */
const OPERATOR_STATEMENTS = [
  "BEGIN",
  "COMMIT",
  "DELETE FROM attempts WHERE ctid",
  "DELETE FROM credentials WHERE",
  "DELETE FROM deliveries_open WHERE ctid",
  "DELETE FROM deliveries_over WHERE ctid",
  "DELETE FROM event_types WHERE ctid",
  "DELETE FROM events WHERE ctid",
  "DELETE FROM idempotency WHERE",
  "DELETE FROM jobs WHERE",
  "DELETE FROM node_demands WHERE",
  "DELETE FROM ordering_keys WHERE ctid",
  "DELETE FROM plans WHERE ctid",
  "DELETE FROM projects WHERE",
  "DELETE FROM subscriptions WHERE",
  "DELETE FROM wrapped_keys WHERE",
  "INSERT INTO feed_epochs",
  "INSERT INTO node_demands",
  "INSERT INTO projects",
  "INSERT INTO settings",
  "LOCK TABLE events",
  "ROLLBACK",
  "SELECT (SELECT p.id FROM projects AS p WHERE p.number = d.project), coalesce((SELECT s.max_attempts",
  "SELECT 1 FROM projects WHERE deleted_at IS NULL LIMIT 1",
  "SELECT 1 WHERE EXISTS (SELECT 1 FROM projects",
  "SELECT c.id, c.name, c.scopes, c.token_hash, c.created_at, c.expires_at, c.revoked_at, c.last_used_at, p.id FROM credentials",
  "SELECT deleted_xid",
  "SELECT extract(epoch FROM clock_timestamp())",
  "SELECT id, name, created_at FROM projects WHERE id >",
  "SELECT limits, per_second FROM node_demands",
  "SELECT NOT f.is_current",
  "SELECT next.ready_at FROM unnest($1::text[], $2::uuid[])",
  "SELECT number FROM projects WHERE id = $1 AND deleted_at IS NOT NULL",
  "SELECT p.id, plans.event FROM plans",
  "SELECT pg_advisory_xact_lock",
  "SELECT pg_current_xact_id()",
  "SELECT pg_is_in_recovery()",
  "SELECT s.id, s.name, s.channel",
  "SELECT set_config",
  "SELECT shard, fence",
  "SELECT value FROM settings",
  "UPDATE jobs SET fence",
  "UPDATE owners",
  "UPDATE projects SET deleted_at",
  "UPDATE projects SET deleted_xid",
  "UPDATE projects SET name",
  "WITH expired AS MATERIALIZED (SELECT s.* FROM subscriptions",
  "WITH free AS (SELECT shard FROM owners",
  "WITH held AS (SELECT c.project, c.id, used.at",
];

/** Of those that copy or check a whole store: what they begin with, or where they take the projects from. */
const OF_WHOLE_STORES = [
  /^SELECT t\./,
  /^SELECT count\(\*\)::bigint FROM /,
  /^UPDATE projects SET match_version/,
  /^INSERT INTO subscriptions .* FROM projects AS p WHERE p\.id = \$1 /,
  / FROM unnest\(\$1::text\[\].* AS \w \(project_id,/,
];

describe("statements", () => {
  test("every one of a request names its project in what it reads, writes or inserts", () => {
    expect(ofRequests.length).toBeGreaterThan(50);
    expect(ofRequests.filter((text) => !namesProject(text))).toEqual([]);
  });

  test("those that name none are on the list of the operator's", () => {
    const isKnown = (text: string) =>
      OPERATOR_STATEMENTS.some((known) => text.startsWith(known)) ||
      OF_WHOLE_STORES.some((pattern) => pattern.test(text));
    const strange = statements.filter(({ text, isOperator }) => isOperator && !isKnown(text));
    expect(strange).toEqual([]);
  });

  test("the operator's list holds nothing that is gone", () => {
    const texts = statements.map(({ text }) => text);
    const gone = OPERATOR_STATEMENTS.filter((known) => !texts.some((text) => text.startsWith(known)));
    expect(gone).toEqual([]);
  });

  test("no file makes statements of its own", () => {
    const makers = sources().filter(({ text }) => /\.query[(<]/.test(text));
    expect(makers.map(({ name }) => name)).toEqual([
      "doubt.ts",
      "migrate.ts",
      "open-pool.ts",
      "run-query.ts",
    ]);
  });
});

describe("the plans of statements", () => {
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
  const planOf = (text: string) => pool.use((client) => explainStatement(client, text));

  test.each(ofRequests)("%s walks through no table", async (text) => {
    expect((await planOf(text)).filter((step) => /Seq Scan on/.test(step))).toEqual([]);
  });

  test.each([
    ["d.shelf = ", "deliveries_ready"],
    ["d.subscription = $2 AND d.shelf IS NOT NULL", "deliveries_ready"],
    ["d.state = 3", "dead"],
    ["d.is_last AND", "deliveries_last"],
    ["s.expires_at <= ", "subscriptions_expiry"],
    ["e.subject_index = ", "events_subject"],
  ])("what asks for %s uses the index %s", async (part, index) => {
    const asking = statements.filter(({ text }) => text.includes(part));
    expect(asking.length).toBeGreaterThan(0);
    for (const { text } of asking) expect((await planOf(text)).join("\n"), text).toContain(index);
  });
});

/** The project's number is asked for where it is compared or inserted, jobs and the project's own row have its id. */
function namesProject(text: string): boolean {
  const ofOpenProject = "id = $1 AND p.deleted_at IS NULL";
  if (text.includes(PROJECT) || text.includes(`p.${ofOpenProject}`)) return true;
  if (/ (?:FROM|UPDATE) projects .*WHERE id = \$1/.test(` ${text}`)) return true;
  return /^INSERT INTO jobs \(project.* VALUES \(\$1,/.test(text) || / jobs .*WHERE project = \$1/.test(text);
}

function sources(): { readonly name: string; readonly text: string }[] {
  const folder = new URL("./", import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .toSorted()
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
}
