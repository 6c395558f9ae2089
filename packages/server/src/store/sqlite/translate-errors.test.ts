import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { translateError } from "./translate-errors.ts";

const folder = mkdtempSync(join(tmpdir(), "triggers-"));
const path = join(folder, "some.db");

afterAll(() => rmSync(folder, { recursive: true }));

function errorOf(act: (connection: DatabaseSync) => unknown, options: { readOnly?: boolean } = {}): unknown {
  const connection = new DatabaseSync(path, { timeout: 0, ...options });
  try {
    act(connection);
  } catch (error) {
    return error;
  } finally {
    connection.close();
  }
  throw new Error("nothing was thrown");
}

test("a lock that somebody else holds means: not available now", () => {
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE t (a); BEGIN IMMEDIATE");
  const error = errorOf((connection) => connection.exec("BEGIN IMMEDIATE"));
  other.close();
  expect(translateError(error)).toMatchObject({ code: "storage_unavailable", cause: error });
});

test("a file that cannot be written means: not available now", () => {
  const error = errorOf((connection) => connection.exec("CREATE TABLE u (a)"), { readOnly: true });
  expect(translateError(error)).toMatchObject({ code: "storage_unavailable" });
});

test("a file that cannot be opened means: not available now", () => {
  const open = () => new DatabaseSync(join(folder, "no", "such", "folder"));
  expect(translateError(errorOf(open))).toMatchObject({ code: "storage_unavailable" });
});

test("a full disk means: full", () => {
  const error = errorOf((connection) => {
    connection.exec("PRAGMA max_page_count = 3; CREATE TABLE w (a)");
    connection.exec("INSERT INTO w VALUES (zeroblob(100000))");
  });
  expect(translateError(error)).toMatchObject({ code: "storage_full" });
});

test("a faulty statement, and anything that is not of the driver, stays what it is", () => {
  const faulty = errorOf((connection) => connection.exec("NONSENSE"));
  for (const error of [faulty, new Error("other"), "text", null]) expect(translateError(error)).toBe(error);
});
