import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { migrate, readMigrations } from "./migrate.ts";
import { openWriter } from "./open-database.ts";
import "./commit-group.ts";
import "./give-space-back.ts";
import "./reads.ts";
import { declaredStatements } from "./sql.ts";

const statements = declaredStatements().map(({ text, isOperator }) => {
  return { text: text.replaceAll(/\s+/g, " "), isOperator };
});
const ofRequests = statements.filter(({ isOperator }) => !isOperator).map(({ text }) => text);

/** Beginnings of the statements that may touch rows of any project: sweeps, push loop, operator, transactions. */
const OPERATOR_STATEMENTS = [
  "BEGIN",
  "BEGIN IMMEDIATE",
  "COMMIT",
  "DELETE FROM credentials WHERE project",
  "DELETE FROM credentials WHERE rowid",
  "DELETE FROM event_types WHERE",
  "DELETE FROM idempotency WHERE",
  "DELETE FROM jobs WHERE n",
  "DELETE FROM jobs WHERE project",
  "DELETE FROM ordering_keys WHERE",
  "DELETE FROM projects WHERE",
  "DELETE FROM subscriptions WHERE (project",
  "DELETE FROM subscriptions WHERE rowid",
  "DELETE FROM wrapped_keys WHERE",
  "INSERT INTO projects",
  "INSERT INTO settings",
  "INSERT INTO sqlite_sequence",
  "PRAGMA",
  "RELEASE",
  "ROLLBACK",
  "SAVEPOINT",
  "SELECT 1 FROM credentials WHERE token_hash",
  "SELECT 1 FROM owners",
  "SELECT 1 FROM projects",
  "SELECT c.id, c.name, c.scopes, c.token_hash, c.created_at, c.expires_at, c.revoked_at, c.last_used_at, p.id FROM credentials",
  "SELECT id FROM events WHERE project = ? ORDER BY id",
  "SELECT id, name, created_at FROM projects WHERE id >",
  "SELECT number FROM projects WHERE id = ? AND deleted_at IS NOT NULL",
  "SELECT p.id, plans.event FROM plans",
  "SELECT p.id, s.max_attempts, d.project, d.event, d.subscription, d.cause FROM deliveries",
  "SELECT project, id, kind, state, position, done, total, error, created_at, finished_at, input, fence FROM jobs WHERE state",
  "SELECT s.id, s.name, s.channel",
  "SELECT seq FROM sqlite_sequence",
  "SELECT shard, fence",
  "SELECT value FROM settings",
  "UPDATE owners",
  "UPDATE projects SET deleted_at",
  "UPDATE projects SET name",
  "UPDATE sqlite_sequence",
];

/** Of `triggers store copy` and `check`, which go through the whole store. */
const OF_WHOLE_STORES = [
  /^SELECT .*, \(SELECT id FROM projects WHERE number = project\), /,
  /^SELECT name, value, '', name FROM settings /,
  /^SELECT id, name, created_at, id, number FROM projects /,
  /^SELECT .* FROM jobs WHERE n > \? /,
  /^SELECT count\(\*\) FROM /,
  /^SELECT DISTINCT project, subscription, lane_key /,
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
    expect(statements.filter(({ text, isOperator }) => isOperator && !isKnown(text))).toEqual([]);
  });

  test("the operator's list holds nothing that is gone", () => {
    const texts = statements.map(({ text }) => text);
    const gone = OPERATOR_STATEMENTS.filter((known) => !texts.some((text) => text.startsWith(known)));
    expect(gone).toEqual([]);
  });

  test("no file makes statements of its own", () => {
    const makers = sources().filter(({ text }) => /\.(?:exec|prepare)\(/.test(text));
    expect(makers.map(({ name }) => name)).toEqual([
      "back-up.ts",
      "give-space-back.ts",
      "lock-folder.ts",
      "migrate.ts",
      "open-database.ts",
      "store-worker.ts",
    ]);
  });

  test("none is compiled anew for each value of its limit", () => {
    expect(statements.filter(({ text }) => /LIMIT \?(?!\d* \+ 0)/.test(text))).toEqual([]);
  });
});

describe("the plans of statements", () => {
  const db = openWriter(":memory:");
  migrate(db.connection, readMigrations());
  afterAll(() => db.connection.close());
  const planned = ofRequests.filter((text) => !text.startsWith("INSERT"));

  test.each(planned)("%s walks through no table", (text) => {
    const steps = db.connection.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
    const scans = steps
      .map(({ detail }) => String(detail))
      .filter((detail) => /^SCAN /.test(detail) && !/json_each|subquery|CONSTANT ROW/.test(detail));
    expect(scans).toEqual([]);
  });
});

function namesProject(text: string): boolean {
  if (text.startsWith("INSERT INTO")) return /^INSERT INTO \w+ \([^)]*\bproject\b[^)]*\) VALUES/.test(text);
  const condition = text.slice(text.indexOf(" WHERE "));
  return / FROM projects | UPDATE projects /.test(` ${text}`)
    ? /\b(?:id|number) = \?/.test(condition)
    : /\bproject = \?/.test(condition);
}

function sources(): { readonly name: string; readonly text: string }[] {
  const folder = new URL("./", import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .toSorted()
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
}
