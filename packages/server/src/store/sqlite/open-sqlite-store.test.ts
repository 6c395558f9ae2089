import { createDecipheriv, createSecretKey } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeEvent, makeProject, makeRecord, planFor, T0 } from "../contract/make-records.ts";
import { addProject, eventIds, lease, recordMany, subscribe } from "../contract/scene.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";
import { MOST_CALLS } from "./writer-messages.ts";

let root = "";
let dataDir = "";
const stores: Store[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "triggers-"));
  dataDir = join(root, "a", "data");
});

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  rmSync(root, { recursive: true });
});

async function open(): Promise<Store> {
  const store = await openSqliteStore({ dataDir });
  stores.push(store);
  return store;
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("the data folder", () => {
  test("is made for its owner alone, and so is every file in it", async () => {
    const store = await open();
    await recordMany(await addProject(store), 3, { to: [] });
    expect(modeOf(dataDir)).toBe("700");
    const modes = readdirSync(dataDir).map((name) => [name, modeOf(join(dataDir, name))]);
    expect(modes.toSorted()).toEqual([
      ["triggers.db", "600"],
      ["triggers.db-shm", "600"],
      ["triggers.db-wal", "600"],
      ["triggers.lock", "600"],
    ]);
  });

  test("files that others could read are closed to them, a folder of the owner's keeps its mode", async () => {
    await (await open()).close();
    chmodSync(dataDir, 0o750);
    chmodSync(join(dataDir, "triggers.db"), 0o644);
    await open();
    expect([modeOf(dataDir), modeOf(join(dataDir, "triggers.db"))]).toEqual(["750", "600"]);
  });

  test("takes one store at a time", async () => {
    const store = await open();
    await expect(openSqliteStore({ dataDir })).rejects.toThrow(`The data folder ${dataDir} is in use`);
    await store.close();
    await open();
  });

  test("of a newer program with a breaking schema is refused, and is not locked by that", async () => {
    await (await open()).close();
    change("INSERT INTO migrations (number, name, is_breaking) VALUES (9999, 'newer', 1)");
    await expect(openSqliteStore({ dataDir })).rejects.toThrow("written by a newer version of this program");
    change("UPDATE migrations SET is_breaking = 0 WHERE number = 9999");
    await open();
  });
});

function change(text: string): void {
  const connection = new DatabaseSync(join(dataDir, "triggers.db"));
  connection.exec(text);
  connection.close();
}

/** In the write-ahead log, of which nothing was written back yet: the last page of a transaction says how large the file is then. */
function countCommits(): number {
  const [headerBytes, frameHeaderBytes, sizeAt] = [32, 24, 4];
  const log = readFileSync(join(dataDir, "triggers.db-wal"));
  const frameBytes = frameHeaderBytes + log.readUInt32BE(8);
  let commits = 0;
  for (let at = headerBytes; at < log.length; at += frameBytes)
    commits += log.readUInt32BE(at + sizeAt) > 0 ? 1 : 0;
  return commits;
}

describe("a closed store", () => {
  test("leaves everything in the one file", async () => {
    const store = await open();
    await recordMany(await addProject(store), 3, { to: [] });
    await store.close();
    expect(readdirSync(dataDir).toSorted()).toEqual(["triggers.db", "triggers.lock"]);
  });

  test("has stored what was under way when the close began", async () => {
    const store = await open();
    const { projectId } = await addProject(store);
    const events = Array.from({ length: 40 }, () => makeEvent(projectId));
    const recorded = events.map((event) => store.recordEvents([makeRecord(event)]));
    await store.close();
    expect((await Promise.all(recorded)).flat()).toHaveLength(events.length);
    const ids = events.map(({ id }) => id);
    expect(await (await open()).readEvents(projectId, ids, T0)).toHaveLength(events.length);
  });

  test("closes once, however often it is told to", async () => {
    const store = await open();
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });

  test("takes no more writes or reads", async () => {
    const store = await open();
    await store.close();
    const refused = { code: "storage_unavailable" };
    await expect(store.createProject(makeProject(), false)).rejects.toMatchObject(refused);
    await expect(store.listPlans(1)).rejects.toMatchObject(refused);
  });
});

describe("the two threads", () => {
  test("a lease asked for right after a record finds it, and both are one transaction", async () => {
    const scene = await addProject(await open());
    const inbox = await subscribe(scene);
    const event = makeEvent(scene.projectId);
    const before = countCommits();
    const recorded = scene.store.recordEvents([makeRecord(event, { plan: planFor(inbox) })]);
    const leased = await lease(scene, { from: inbox });
    await recorded;
    expect(eventIds(leased)).toEqual([event.id]);
    expect(countCommits() - before).toBe(1);
  });

  test("more calls in a turn than a transaction takes are all answered", async () => {
    const { store, projectId } = await addProject(await open());
    const events = Array.from({ length: 2 * MOST_CALLS + 1 }, () => makeEvent(projectId));
    const before = countCommits();
    await Promise.all(events.map((event) => store.recordEvents([makeRecord(event)])));
    const ids = events.map(({ id }) => id);
    expect(await store.readEvents(projectId, ids, T0)).toHaveLength(events.length);
    expect(countCommits() - before).toBeGreaterThan(1);
  });

  test("an event that comes with an order is sealed as it is written, and the sender's bytes stay", async () => {
    const { store, projectId } = await addProject(await open());
    const nonceAt = 4;
    const text = "secret words";
    const laidOut = Buffer.concat([Buffer.alloc(nonceAt + 12, 7), Buffer.from(text), Buffer.alloc(16)]);
    const event = { ...makeEvent(projectId), sealed: laidOut };
    const key = createSecretKey(Buffer.alloc(32, 1));
    await store.recordEvents([makeRecord(event, { sealOrder: { key, nonceAt, place: "here" } })]);
    const [stored] = await store.readEvents(projectId, [event.id], T0);
    const sealed = Buffer.from(stored?.sealed ?? []);
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(nonceAt, nonceAt + 12));
    decipher.setAAD(Buffer.from("here")).setAuthTag(sealed.subarray(-16));
    const opened = decipher.update(sealed.subarray(nonceAt + 12, -16));
    decipher.final();
    expect(opened.toString()).toBe(text);
    expect(sealed.includes(text)).toBe(false);
    expect(laidOut.includes(text)).toBe(true);
  });

  test("a call that cannot be sent is refused, and the next one is not", async () => {
    const { store, projectId } = await addProject(await open());
    const unsendable = { now: T0, limit: 1, odd: () => {} };
    await expect(store.exhaustDeliveries(unsendable)).rejects.toThrow("could not be cloned");
    expect(await store.recordEvents([makeRecord(makeEvent(projectId))])).toHaveLength(1);
  });

  test("a fault of one call reaches its caller alone", async () => {
    const scene = await addProject(await open());
    const event = makeEvent(scene.projectId);
    await scene.store.recordEvents([makeRecord(event)]);
    const others = [makeEvent(scene.projectId), makeEvent(scene.projectId)];
    const outcomes = await Promise.allSettled([
      scene.store.recordEvents([makeRecord(others[0] ?? event)]),
      scene.store.recordEvents([makeRecord(event)]),
      scene.store.recordEvents([makeRecord(others[1] ?? event)]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("a text that is no id, though it begins with one, finds nothing", async () => {
    const scene = await addProject(await open());
    const { id } = await subscribe(scene);
    for (const text of [`${id}0`, `${id}zz`, id.toUpperCase(), id.slice(1), ""])
      expect(await scene.store.readSubscription(scene.projectId, text)).toBeNull();
  });

  test("a read sees every write that was answered", async () => {
    const scene = await addProject(await open());
    for (let round = 0; round < 30; round++) {
      const { id } = await subscribe(scene);
      expect((await scene.store.readSubscription(scene.projectId, id))?.id).toBe(id);
    }
  });

  test("reads in a row leave the event loop its turns", async () => {
    const { store, projectId } = await addProject(await open());
    let isStored = false;
    const stored = store.recordEvents([makeRecord(makeEvent(projectId))]).then(() => {
      isStored = true;
    });
    while (!isStored) await store.readProject(projectId);
    await stored;
  });
});
