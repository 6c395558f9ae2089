import type { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeEvent, makeIdempotency, makeProject, makeRecord } from "../contract/make-records.ts";
import type { Store } from "../store.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";
import { whenLockedOut } from "./testing/when-locked-out.ts";

const made = makeProject();
const projectId = made.project.id;
const KEY = makeIdempotency("key");

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

function keyed() {
  return makeRecord(makeEvent(projectId), { idempotency: KEY });
}

/** Another node that has claimed the key and is about to commit. */
async function claimElsewhere(): Promise<string> {
  const { id } = makeEvent(projectId);
  await other.query("BEGIN");
  await other.query(
    `INSERT INTO idempotency (project, kind, key_index, fingerprint, event, claimed_at, expires_at)
      SELECT number, $2, $3, $4, $5, 0, $6 FROM projects WHERE id = $1`,
    [projectId, KEY.kind, KEY.keyIndex, KEY.fingerprint, id, KEY.expiresAt],
  );
  return id;
}

test("a record whose key another node is claiming waits and is its replay", async () => {
  const winner = await claimElsewhere();
  const outcome = store.recordEvents([keyed()]);
  await whenLockedOut(other);
  await other.query("COMMIT");
  expect(await outcome).toEqual([{ outcome: "replayed", eventId: winner }]);
});

test("a record whose key another node gave up is the first", async () => {
  await claimElsewhere();
  const outcome = store.recordEvents([keyed()]);
  await whenLockedOut(other);
  await other.query("ROLLBACK");
  expect(await outcome).toEqual([{ outcome: "created", isPlanned: false }]);
});

test("a plain record is durable while one with a key waits in the same call and beside it", async () => {
  await claimElsewhere();
  const inCall = makeRecord(makeEvent(projectId));
  const both = store.recordEvents([keyed(), inCall]);
  await whenLockedOut(other);
  const beside = makeRecord(makeEvent(projectId));
  expect(await store.recordEvents([beside])).toEqual([{ outcome: "created", isPlanned: false }]);
  const ids = [inCall.event.id, beside.event.id];
  const { rowCount } = await other.query("SELECT FROM events WHERE id = ANY ($1::uuid[])", [ids]);
  expect(rowCount).toBe(2);
  await other.query("ROLLBACK");
  expect((await both).map(({ outcome }) => outcome)).toEqual(["created", "created"]);
});

test("records of a closed project leave the others of their call alone", async () => {
  const closed = makeProject();
  await store.createProject(closed, false);
  await store.deleteProject(closed.project.id, 1);
  const outcomes = await store.recordEvents([
    makeRecord(makeEvent(closed.project.id)),
    makeRecord(makeEvent(projectId)),
    makeRecord(makeEvent(closed.project.id), { idempotency: KEY }),
    keyed(),
    makeRecord(makeEvent(closed.project.id, { orderingKeyIndex: "k" })),
  ]);
  const { rowCount } = await other.query("SELECT FROM events");
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    "no_project",
    "created",
    "no_project",
    "created",
    "no_project",
  ]);
  expect(rowCount).toBe(2);
});
