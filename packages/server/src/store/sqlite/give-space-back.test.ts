import { afterAll, expect, test } from "vitest";
import { giveSpaceBack } from "./give-space-back.ts";
import { openWriter } from "./open-database.ts";

const db = openWriter(":memory:");
afterAll(() => db.connection.close());

function count(pragma: "page_count" | "freelist_count"): number {
  return Number(db.connection.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

test("space is given back in small steps, and a fifth of the file is kept for what comes next", () => {
  db.connection.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB)");
  for (let id = 0; id < 100; id++) db.connection.exec(`INSERT INTO t VALUES (${id}, zeroblob(200000))`);
  giveSpaceBack(db);
  const full = count("page_count");
  db.connection.exec("DELETE FROM t WHERE id < 90");
  giveSpaceBack(db);
  expect(full - count("page_count")).toBe(256);
  for (let pages = 0; pages !== count("page_count"); ) {
    pages = count("page_count");
    giveSpaceBack(db);
  }
  expect(count("page_count")).toBeLessThan(full / 4);
  expect(count("freelist_count")).toBeGreaterThan(0);
});
