import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeEvent, makeRecord, T0 } from "../contract/make-records.ts";
import { addProject } from "../contract/scene.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";

const refused = { code: "storage_unavailable" };

let dataDir: string;
let store: Store;
/** The newest one is the one at work. */
const threads: Worker[] = [];
const keep = (thread: Worker) => threads.push(thread);

beforeEach(async () => {
  process.on("worker", keep);
  dataDir = mkdtempSync(join(tmpdir(), "triggers-"));
  store = await openSqliteStore({ dataDir });
});
afterEach(async () => {
  await store.close();
  process.off("worker", keep);
  threads.length = 0;
  rmSync(dataDir, { recursive: true });
});

async function endWriter(): Promise<void> {
  await threads.at(-1)?.terminate();
}

async function whenHealthy(): Promise<void> {
  await vi.waitFor(() => store.checkHealth(), { timeout: 10_000 });
}

describe("When the thread that writes ends by itself", () => {
  test("what it was at is refused, whole or not stored at all, and another takes its place", async () => {
    const { projectId } = await addProject(store);
    for (let round = 0; round < 5; round += 1) {
      const events = Array.from({ length: 3_000 }, () => makeEvent(projectId));
      const answers = events.map((event) => store.recordEvents([makeRecord(event)]));
      const settled = Promise.allSettled(answers);
      await answers[0];
      await endWriter();
      const refusals = (await settled).flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
      for (const refusal of refusals) expect(refusal).toMatchObject(refused);
      expect(refusals.length).toBeGreaterThan(0);
      await whenHealthy();
      const ids = events.map(({ id }) => id);
      const stored = await store.readEvents(projectId, ids, T0);
      expect(stored.length).toBeGreaterThanOrEqual(events.length - refusals.length);
    }
  });

  test("the store is not healthy until then, says why, and reads on", async () => {
    const { projectId } = await addProject(store);
    const ended = endWriter();
    await ended;
    await expect(store.checkHealth()).rejects.toMatchObject({
      ...refused,
      cause: expect.objectContaining({ message: expect.stringContaining("thread") }),
    });
    expect(await store.readProject(projectId)).not.toBeNull();
    await whenHealthy();
    const event = makeEvent(projectId);
    expect(await store.recordEvents([makeRecord(event)])).toMatchObject([{ outcome: "created" }]);
  });

  test("it is tried again as long as the file cannot be opened", async () => {
    const { projectId } = await addProject(store);
    const path = join(dataDir, "triggers.db");
    renameSync(path, `${path}-away`);
    mkdirSync(path);
    await endWriter();
    await vi.waitUntil(async () => {
      await expect(store.checkHealth()).rejects.toMatchObject(refused);
      return threads.length > 4;
    }, 10_000);
    rmdirSync(path);
    renameSync(`${path}-away`, path);
    await whenHealthy();
    expect(await store.readProject(projectId)).not.toBeNull();
  });

  test("a close during the change ends both", async () => {
    await endWriter();
    await store.close();
    await expect(store.checkHealth()).rejects.toMatchObject(refused);
    const reopened = await openSqliteStore({ dataDir });
    await reopened.checkHealth();
    await reopened.close();
  });
});
