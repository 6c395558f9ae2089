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

async function readAfter(after: FeedPosition | null, wish: { readonly withUnderWay?: true } = {}) {
  const page = await store.readFeed({ projectId, after, subjectIndex: null, limit: 100, now: T0, ...wish });
  if (page.outcome !== "page") throw new Error(page.outcome);
  return { ids: page.items.map(({ event }) => event.id), end: page.end, isHeldUp: page.isHeldUp };
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

test("a page says whether what was committed before it is still held up", async () => {
  await record();
  expect(await readAfter(null)).toMatchObject({ isHeldUp: false });
  await other.query("BEGIN; SELECT pg_current_xact_id()");
  expect(await readAfter(null)).toMatchObject({ isHeldUp: false });
  const id = await record();
  const held = await readAfter(null);
  await other.query("COMMIT");
  expect(held.isHeldUp).toBe(true);
  expect(await readAfter(held.end)).toMatchObject({ ids: [id], isHeldUp: false });
});

test("a feed that is held up is walked as fast as any other, as far as it goes", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 20; n += 1) ids.push(await record());
  await other.query("BEGIN; SELECT pg_current_xact_id()");
  await record();
  const began = performance.now();
  const walked: string[] = [];
  let after: FeedPosition | null = null;
  while (walked.length < ids.length) {
    const page = await store.readFeed({ projectId, after, subjectIndex: null, limit: 1, now: T0 });
    if (page.outcome !== "page") throw new Error(page.outcome);
    walked.push(...page.items.map(({ event }) => event.id));
    after = page.end;
  }
  await other.query("COMMIT");
  expect(walked).toEqual(ids);
  // Half a second each if every page waited for the rest.
  expect(performance.now() - began).toBeLessThan(5_000);
});

test("whoever asks with what is under way is told of an event that is not committed yet", async () => {
  await record({ orderingKeyIndex: "k" });
  const { end } = await readAfter(null, { withUnderWay: true });
  await other.query("BEGIN; SELECT FROM ordering_keys FOR UPDATE");
  const slow = record({ orderingKeyIndex: "k" }, makeIdempotency("key"));
  await whenLockedOut(other);
  const meanwhile = await readAfter(end, { withUnderWay: true });
  expect(await readAfter(end)).toMatchObject({ ids: [], isHeldUp: false });
  await other.query("COMMIT");
  const late = await slow;
  expect(meanwhile).toMatchObject({ ids: [], isHeldUp: true });
  expect(await readAfter(meanwhile.end, { withUnderWay: true })).toMatchObject({
    ...{ ids: [late], isHeldUp: false },
  });
});
