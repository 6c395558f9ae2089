import type { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  makeEvent,
  makeJob,
  makeProject,
  makeRecord,
  makeSubscription,
  T0,
} from "../contract/make-records.ts";
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

async function countEpochs(): Promise<number> {
  const { rowCount } = await admin.query("SELECT FROM feed_epochs");
  return rowCount ?? 0;
}

/** What a life of the server leaves that had counted a billion transactions more: in a dump, or on the server whose place this one takes. */
async function moveToAnotherLife(): Promise<void> {
  const ahead = (column: string) => `${column} = (${column}::text::bigint + 1000000000)::text::xid8`;
  await admin.query(`UPDATE events SET ${ahead("xid")}`);
  await admin.query("UPDATE feed_epochs SET server_started_at = server_started_at - interval '1 day'");
  await admin.query(`UPDATE projects SET ${ahead("deleted_xid")}`);
}

test("a start in the same life of the server opens no epoch", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await recordOne(store);
  });
  const before = await countEpochs();
  await withStore(async (store) => void (await recordOne(store)));
  expect(await countEpochs()).toBe(before);
});

test("after a restored dump what is committed comes behind everything before, and no position is lost", async () => {
  const before = await withStore(async (store) => {
    await store.createProject(made, false);
    return [await recordOne(store), await recordOne(store)];
  });
  await moveToAnotherLife();
  await withStore(async (store) => {
    const old = await readAfter(store, null);
    expect(old.ids).toEqual(before);
    const later = [await recordOne(store), await recordOne(store)];
    expect((await readAfter(store, old.end)).ids).toEqual(later);
    expect((await readAfter(store, null)).ids).toEqual([...before, ...later]);
  });
});

test("a server that goes on from an earlier point under running nodes hides nothing from whoever reads on", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    const before = [await recordOne(store), await recordOne(store)];
    await moveToAnotherLife();
    const old = await readAfter(store, null);
    expect(old.ids).toEqual(before);
    // Nothing is recorded yet: the position holds, and so does the next one.
    const same = await readAfter(store, old.end);
    expect(same.ids).toEqual([]);
    const keyed = makeRecord(makeEvent(projectId, { orderingKeyIndex: "key" }));
    await Promise.all([store.recordEvents([keyed]), recordOne(store), recordOne(store)]);
    const later = await readAfter(store, same.end);
    expect(later.ids).toHaveLength(3);
    expect((await readAfter(store, old.end)).ids).toEqual(later.ids);
    expect((await readAfter(store, null)).ids).toEqual([...before, ...later.ids]);
  });
});

test("a position in an epoch that is lost holds, before and after the next one is opened", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await recordOne(store);
    await admin.query("UPDATE feed_epochs SET epoch = epoch - 100, server_started_at = NULL WHERE epoch > 1");
    await admin.query("UPDATE events SET epoch = epoch - 100");
    const { rows } = await admin.query<{ epoch: number }>("SELECT epoch FROM events");
    const lost = `${(rows[0]?.epoch ?? 0) + 50}.999999.0`;
    expect(await readAfter(store, lost)).toEqual({ ids: [], end: lost });
    const later = await recordOne(store);
    expect((await readAfter(store, lost)).ids).toEqual([later]);
  });
});

test("whoever waits for all that is under way reads it in the epoch in which it will be", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await recordOne(store);
    await moveToAnotherLife();
    const request = {
      projectId,
      after: null,
      subjectIndex: null,
      limit: 100,
      now: T0,
      withUnderWay: true as const,
    };
    const page = await store.readFeed(request);
    if (page.outcome !== "page") throw new Error(page.outcome);
    const later = await recordOne(store);
    expect(page.items).toHaveLength(1);
    expect((await readAfter(store, page.end)).ids).toEqual([later]);
  });
});

test("of several nodes that meet a new life at once one opens the epoch", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await recordOne(store);
  });
  const before = await countEpochs();
  await moveToAnotherLife();
  const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore({ url: database.url })));
  expect(await countEpochs()).toBe(before + 1);
  await moveToAnotherLife();
  await Promise.all(stores.map(recordOne));
  expect(await countEpochs()).toBe(before + 2);
  await Promise.all(stores.map((store) => store.close()));
});

test("no version of subscriptions and no fence of a shard or job is given again that was lost", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    const { version } = await store.readMatchSet(projectId, null);
    const hold = { ownerId: "one", want: 1, now: T0, until: T0 + 10_000 };
    const [held] = await store.claimShards(hold);
    const job = makeJob(projectId);
    await store.createJob(job);
    const taking = { kinds: [job.kind], now: T0, until: T0 };
    const taken = await store.takeJob(taking);
    await admin.query("UPDATE projects SET match_version = match_version - 3600000");
    await admin.query("UPDATE owners SET owner = NULL, fence = 0; UPDATE jobs SET fence = 0");
    await store.createSubscription(makeSubscription(projectId));
    const [again] = await store.claimShards({ ...hold, ownerId: "two", now: T0 + 1 });
    expect((await store.readMatchSet(projectId, null)).version).toBeGreaterThan(version - 1_000);
    expect(again?.fence).toBeGreaterThan(held?.fence ?? Number.POSITIVE_INFINITY);
    const takenAgain = await store.takeJob({ ...taking, now: T0 + 1 });
    expect(takenAgain?.fence).toBeGreaterThan(taken?.fence ?? Number.POSITIVE_INFINITY);
  });
});

test("a project that was closed before the dump is purged after it", async () => {
  await withStore(async (store) => {
    await store.createProject(made, false);
    await store.deleteProject(projectId, T0);
  });
  await moveToAnotherLife();
  await withStore(async (store) => {
    while ((await store.purgeProject(projectId, 100)) > 0);
    expect((await admin.query("SELECT FROM projects")).rowCount).toBe(0);
  });
});
