import type { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeEvent, makeIdempotency, makeProject, makeRecord, T0 } from "../contract/make-records.ts";
import type { FeedPosition, IdempotencyRow } from "../event-store.ts";
import type { Store } from "../store.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";
import { whenLockedOut } from "./testing/when-locked-out.ts";

const made = makeProject();
const projectId = made.project.id;

let database: TestDatabase;
let store: Store;
let other: Client;

beforeEach(async () => {
  database = await openTestDatabase();
  store = await openPostgresStore({ url: database.url });
  await store.createProject(made, false);
  other = await openClient(database.url);
});

afterEach(async () => {
  await other.end();
  await store.close();
  await database.release();
});

async function record(
  fields: Parameters<typeof makeEvent>[1] = {},
  idempotency: IdempotencyRow | null = null,
): Promise<string> {
  const event = makeEvent(projectId, fields);
  await store.recordEvents([makeRecord(event, { idempotency })]);
  return event.id;
}

async function readAfter(after: FeedPosition | null) {
  const page = await store.readFeed({ projectId, after, subjectIndex: null, limit: 100, now: T0 });
  if (page.outcome !== "page") throw new Error(page.outcome);
  return { ids: page.items.map(({ event }) => event.id), end: page.end };
}

test("an event whose transaction began first, and commits last, is missed by nobody who reads meanwhile", async () => {
  await record({ orderingKeyIndex: "k" });
  const { end } = await readAfter(null);
  // It has claimed its idempotency key, and with that has its place in the feed, when it comes to wait for its ordering key.
  await other.query("BEGIN; SELECT FROM ordering_keys FOR UPDATE");
  const slow = record({ orderingKeyIndex: "k" }, makeIdempotency("key"));
  await whenLockedOut(other);
  const fast = await record();
  const meanwhile = await readAfter(end);
  await other.query("COMMIT");
  const late = await slow;
  expect(meanwhile.ids).toEqual([]);
  expect((await readAfter(meanwhile.end)).ids).toEqual([late, fast]);
});

test("a foreign transaction that writes for long holds the feed up and tears no hole into it", async () => {
  const { end } = await readAfter(null);
  await other.query("BEGIN; SELECT pg_current_xact_id()");
  const first = await record();
  const held = await readAfter(end);
  expect(held.ids).toEqual([]);
  await other.query("COMMIT");
  const second = await record();
  expect((await readAfter(held.end)).ids).toEqual([first, second]);
});

test("a sought end that a foreign transaction holds up lies before what was committed since", async () => {
  await other.query("BEGIN; SELECT pg_current_xact_id()");
  const id = await record();
  const end = await store.seekFeed(projectId, null);
  await other.query("COMMIT");
  expect((await readAfter(end)).ids).toEqual([id]);
});
