import type { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeEvent, makeProject, makeRecord, T0 } from "../contract/make-records.ts";
import type { FeedPosition } from "../event-store.ts";
import type { Store } from "../store.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

const made = makeProject();
const projectId = made.project.id;

let database: TestDatabase;
let admin: Client;

beforeEach(async () => {
  database = await openTestDatabase();
  admin = await openClient(database.url);
});

afterEach(async () => {
  await admin.end();
  await database.release();
});

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openPostgresStore({ url: database.url });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function recordOne(store: Store): Promise<string> {
  const event = makeEvent(projectId);
  await store.recordEvents([makeRecord(event)]);
  return event.id;
}

async function readAfter(store: Store, after: FeedPosition | null) {
  const page = await store.readFeed({ projectId, after, subjectIndex: null, limit: 100, now: T0 });
  if (page.outcome !== "page") throw new Error(page.outcome);
  return { ids: page.items.map(({ event }) => event.id), end: page.end };
}

async function epochs(): Promise<number> {
  const { rows } = await admin.query<{ epoch: number }>("SELECT max(epoch) AS epoch FROM feed_epochs");
  return rows[0]?.epoch ?? 0;
}

/** As a dump of a server leaves it that had counted a billion transactions more. */
async function moveTransactionsAhead(): Promise<void> {
  const ahead = (column: string) => `${column} = (${column}::text::bigint + 1000000000)::text::xid8`;
  await admin.query(`UPDATE events SET ${ahead("xid")}`);
  await admin.query(`UPDATE feed_epochs SET ${ahead("opened_xid")}`);
  await admin.query(`UPDATE projects SET ${ahead("deleted_xid")}`);
}

test("a start on a server that counts on opens no epoch", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await recordOne(store);
  });
  await withStore(async () => {});
  expect(await epochs()).toBe(1);
});

test("after a restored dump what is committed comes behind everything before, and no position is lost", async () => {
  const before = await withStore(async (store) => {
    await store.createProject(made, false);
    return [await recordOne(store), await recordOne(store)];
  });
  await moveTransactionsAhead();
  await withStore(async (store) => {
    expect(await epochs()).toBe(2);
    const old = await readAfter(store, null);
    expect(old.ids).toEqual(before);
    const later = [await recordOne(store), await recordOne(store)];
    expect((await readAfter(store, old.end)).ids).toEqual(later);
    expect((await readAfter(store, null)).ids).toEqual([...before, ...later]);
  });
});

test("of several nodes that start at once on a restored dump one opens the epoch", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await recordOne(store);
  });
  await moveTransactionsAhead();
  const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore({ url: database.url })));
  expect(await epochs()).toBe(2);
  await Promise.all(stores.map((store) => store.close()));
});

test("a project that was closed before the dump is purged after it", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await store.deleteProject(projectId, T0);
  });
  await moveTransactionsAhead();
  await withStore(async (store) => {
    while ((await store.purgeProject(projectId, 100)) > 0);
    expect((await admin.query("SELECT FROM projects")).rowCount).toBe(0);
  });
});
