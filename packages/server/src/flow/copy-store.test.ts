import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OperatorError } from "../domain/errors.ts";
import { makeEvent, makeJob, makeRecord, planFor } from "../store/contract/make-records.ts";
import { addProject, type Scene, subscribe } from "../store/contract/scene.ts";
import type { CopyableStore } from "../store/copy-store.ts";
import { openSqliteStore } from "../store/sqlite/open-sqlite-store.ts";
import { checkCopied, copyStore } from "./copy-store.ts";

const EVENTS = 1_700;

let folder = "";
let from: CopyableStore;
let to: CopyableStore;
let scene: Scene;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "triggers-"));
  from = await openSqliteStore({ dataDir: join(folder, "from") });
  to = await openSqliteStore({ dataDir: join(folder, "to") });
  scene = await addProject(from);
  const plan = planFor(await subscribe(scene));
  const events = Array.from({ length: EVENTS }, () => makeEvent(scene.projectId));
  await from.recordEvents(events.map((event) => makeRecord(event, { plan })));
});

afterEach(async () => {
  await Promise.all([from.close(), to.close()]);
  rmSync(folder, { recursive: true });
});

const copy = (parts: Partial<Parameters<typeof copyStore>[0]> = {}) =>
  copyStore({ from, to, onProgress: () => undefined, ...parts });

/** The store, dying at its `calls`-th write of rows. */
function dyingAfter(calls: number): CopyableStore {
  let left = calls;
  const importRows: CopyableStore["importRows"] = async (kind, rows) => {
    if (left === 0) throw new Error("killed");
    left -= 1;
    await to.importRows(kind, rows);
  };
  return { ...to, importRows };
}

test("a copy that is interrupted twice goes on where it was, and both stores are equal in the end", async () => {
  await expect(copy({ to: dyingAfter(8) })).rejects.toThrow("killed");
  await expect(checkCopied(to)).rejects.toThrow(OperatorError);
  await expect(checkCopied(to)).rejects.toThrow("not finished");
  await expect(copy({ to: dyingAfter(3) })).rejects.toThrow("killed");
  let pages = 0;
  const importRows: CopyableStore["importRows"] = (kind, rows) => {
    if (kind === "events") pages += 1;
    return to.importRows(kind, rows);
  };
  await copy({ to: { ...to, importRows } });
  expect(pages).toBeLessThanOrEqual(2);
  expect([await to.countRows("events"), await to.countRows("deliveries")]).toEqual([EVENTS, EVENTS]);
  await checkCopied(to);
});

test("tells how far it is, up to the whole of each kind", async () => {
  const last = new Map<string, string>();
  await copy({
    onProgress: ({ step, kind, done, total }) => last.set(`${step} ${kind}`, `${done} of ${total}`),
  });
  expect(last.get("copy events")).toBe(`${EVENTS} of ${EVENTS}`);
  expect(last.get("check events")).toBe(`${2 * EVENTS} of ${2 * EVENTS}`);
});

test("a store that holds something else is not copied into, nor one whose copy is whole", async () => {
  await addProject(to);
  await expect(copy()).rejects.toThrow("not empty");
  const third = await openSqliteStore({ dataDir: join(folder, "third") });
  await copy({ to: third });
  await expect(copy({ to: third })).rejects.toThrow("not empty");
  await third.close();
});

test("a row that changed on the way is noticed", async () => {
  const importRows: CopyableStore["importRows"] = (kind, rows) =>
    to.importRows(kind, kind === "deliveries" ? rows.slice(1) : rows);
  await expect(copy({ to: { ...to, importRows } })).rejects.toThrow("differs in deliveries");
  await expect(checkCopied(to)).rejects.toThrow("not finished");
});

test("a running job begins anew in the copy, one that is over stays as it is", async () => {
  const { projectId } = scene;
  const running = makeJob(projectId, { kind: "back_fill", position: "somewhere", done: 40 });
  const over = makeJob(projectId, { state: "done", position: "end", done: 9, finishedAt: 1 });
  await from.createJob(running);
  await from.createJob(over);
  await copy();
  expect(await to.readJob(projectId, running.id)).toMatchObject({
    position: null,
    done: 0,
    state: "running",
  });
  expect(await to.readJob(projectId, over.id)).toEqual(over);
});
