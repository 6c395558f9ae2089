import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addProject, recordMany, subscribe } from "../contract/scene.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";
import { DATABASE_FILE } from "./prepare-folder.ts";

const dataDir = mkdtempSync(join(tmpdir(), "triggers-"));
afterAll(() => rmSync(dataDir, { recursive: true }));

beforeAll(async () => {
  const store = await openSqliteStore({ dataDir });
  const scene = await addProject(store);
  await recordMany(scene, 3, { to: [await subscribe(scene, { ordered: true })], key: "a" });
  await recordMany(scene, 2, { to: [await subscribe(scene)] });
  expect(await store.findFaults(10)).toEqual([]);
  await store.close();
});

/** Damages the file by one statement, says what is found, and takes the damage back. */
async function faultsAfter(damage: string): Promise<readonly string[]> {
  const path = join(dataDir, DATABASE_FILE);
  const copy = new DatabaseSync(path);
  copy.exec(`VACUUM INTO '${path}.sound'`);
  copy.exec(damage);
  copy.close();
  const store = await openSqliteStore({ dataDir });
  const faults = await store.findFaults(10);
  await store.close();
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
  const sound = new DatabaseSync(`${path}.sound`);
  sound.exec(`VACUUM INTO '${path}'`);
  sound.close();
  rmSync(`${path}.sound`);
  return faults.map(({ kind, detail }) => `${kind}: ${detail}`);
}

test.each([
  [
    "an event without which its deliveries stand",
    "DELETE FROM events WHERE n = (SELECT min(n) FROM events)",
    "orphan: 1 deliveries of an event",
  ],
  [
    "a subscription that open deliveries name",
    "DELETE FROM subscriptions WHERE ordered = 1",
    "orphan: 3 deliveries of a sub",
  ],
  [
    "a second of a lane that leases would find",
    "UPDATE deliveries SET ready_at = 1 WHERE position = 2",
    "lane: a lane of project 1 should hand out position 1",
  ],
  [
    "a head that no lease would find",
    "UPDATE deliveries SET ready_at = NULL WHERE position = 1",
    "lane: a lane of project 1 should hand out position 1",
  ],
  [
    "an ordering key that would give a position twice",
    "UPDATE ordering_keys SET position = 1",
    "lane: 1 ordering keys",
  ],
  [
    "an open delivery on no shelf",
    "UPDATE deliveries SET shelf = NULL WHERE lane_key IS NULL",
    "lane: 2 deliveries stand",
  ],
])("%s is found", async (_what, damage, expected) => {
  const faults = await faultsAfter(damage);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(expected);
});

test("a page that lost its content is found", async () => {
  const path = join(dataDir, DATABASE_FILE);
  const { rootpage, page_size } = readFacts(path);
  const file = openSync(path, "r+");
  // The number of cells in the header of a page.
  const whole = Buffer.alloc(2);
  readSync(file, whole, 0, 2, (rootpage - 1) * page_size + 3);
  writeSync(file, Buffer.alloc(2), 0, 2, (rootpage - 1) * page_size + 3);
  const faults = await faultsAfter("");
  closeSync(file);
  expect(whole.readUInt16BE()).toBe(5);
  expect(faults.filter((fault) => fault.startsWith("integrity:"))).not.toEqual([]);
});

function readFacts(path: string): { readonly rootpage: number; readonly page_size: number } {
  const database = new DatabaseSync(path);
  const facts = database
    .prepare("SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'events_id'")
    .get();
  database.close();
  return facts as { readonly rootpage: number; readonly page_size: number };
}
