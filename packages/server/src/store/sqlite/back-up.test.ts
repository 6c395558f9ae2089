import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { T0 } from "../contract/make-records.ts";
import { addProject, record, recordMany, subscribe } from "../contract/scene.ts";
import { backUpSqlite } from "./back-up.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";
import { DATABASE_FILE } from "./prepare-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "triggers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const onProgress = () => undefined;

test("a backup taken while events come in is a whole store with everything stored before it began", async () => {
  const dataDir = join(folder, "live");
  const store = await openSqliteStore({ dataDir });
  const scene = await addProject(store);
  const inbox = await subscribe(scene);
  await recordMany(scene, 300, { to: [inbox] });
  const file = join(folder, "backup.db");
  let isOver = false;
  const load = (async () => {
    while (!isOver) await recordMany(scene, 10, { to: [inbox] });
  })();
  await backUpSqlite({ dataDir, file, onProgress });
  isOver = true;
  await load;
  await store.close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const restored = join(folder, "restored");
  mkdirSync(restored);
  renameSync(file, join(restored, DATABASE_FILE));
  const again = await openSqliteStore({ dataDir: restored });
  expect(await again.countRows("events")).toBeGreaterThanOrEqual(300);
  expect(await again.countRows("deliveries")).toBe(await again.countRows("events"));
  expect(await again.findFaults(10)).toEqual([]);
  await again.close();
});

test("a store that goes on from a backup hides nothing from whoever had read on in the one it replaces", async () => {
  const dataDir = join(folder, "replaced");
  const store = await openSqliteStore({ dataDir });
  const scene = await addProject(store);
  const { projectId } = scene;
  await recordMany(scene, 3, { to: [] });
  const file = join(folder, "earlier.db");
  await backUpSqlite({ dataDir, file, onProgress });
  await recordMany(scene, 20, { to: [] });
  const read = { projectId, subjectIndex: null, limit: 100, now: T0 + 1_000 };
  const before = await store.readFeed({ ...read, after: null });
  if (before.outcome !== "page") throw new Error(before.outcome);
  await store.close();
  rmSync(dataDir, { recursive: true });
  mkdirSync(dataDir);
  renameSync(file, join(dataDir, DATABASE_FILE));
  const again = await openSqliteStore({ dataDir });
  // The position holds before anything is stored, too.
  expect(await again.readFeed({ ...read, after: before.end })).toEqual({ ...before, items: [] });
  const later = await record({ ...scene, store: again }, { to: [], event: { at: T0 + 1_000 } });
  const after = await again.readFeed({ ...read, after: before.end });
  expect(after.outcome === "page" && after.items.map(({ event }) => event.id)).toEqual([later.id]);
  await again.close();
});

test("a file that is there is left alone, and a folder without a store is told", async () => {
  const file = join(folder, "mine");
  writeFileSync(file, "mine");
  await expect(backUpSqlite({ dataDir: join(folder, "live"), file, onProgress })).rejects.toThrow(
    "not there",
  );
  expect(readFileSync(file, "utf8")).toBe("mine");
  const other = join(folder, "none.db");
  await expect(backUpSqlite({ dataDir: folder, file: other, onProgress })).rejects.toThrow("no store");
  expect(existsSync(other)).toBe(false);
});
