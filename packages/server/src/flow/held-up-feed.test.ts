import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeIdSource } from "../domain/ids.ts";
import { plainBlob } from "../seal/sealed-blob.ts";
import { DAY, makeEvent, makeRecord } from "../store/contract/make-records.ts";
import type { PlannedDelivery } from "../store/event-store.ts";
import { openPostgresStore } from "../store/postgres/open-postgres-store.ts";
import { openClient } from "../store/postgres/testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "../store/postgres/testing/open-test-database.ts";
import type { Store } from "../store/store.ts";
import { packContent } from "./event-content.ts";
import { INBOX, newEvent, openTestFlow, type TestFlow } from "./testing/open-test-flow.ts";

/*
 * A transaction that writes for long, in whatever database of the server, holds the feed of PostgreSQL up: what is committed meanwhile comes when it is over. Whoever reads
 * the feed to its end must not take that for the end.
 */

let database: TestDatabase;
let store: Store;
let foreign: Client;
let scene: TestFlow;
/** So often the feed was read. */
let readings: number;

beforeEach(async () => {
  database = await openTestDatabase();
  store = await openPostgresStore({ url: database.url });
  foreign = await openClient(database.url);
  readings = 0;
  scene = await openTestFlow(() => ({
    ...store,
    async readFeed(request) {
      const page = await store.readFeed(request);
      readings += 1;
      return page;
    },
  }));
});

afterEach(async () => {
  expect(scene.errors).toEqual([]);
  await scene.flow.close();
  await foreign.end();
  await store.close();
  await database.release();
});

const hold = () => foreign.query("BEGIN; SELECT pg_current_xact_id()");
const letGo = () => foreign.query("COMMIT");

/** Another node accepts an event that it has matched by an older snapshot. */
async function acceptElsewhere(plan: readonly PlannedDelivery[] = []): Promise<string> {
  const { id, at } = makeIdSource(randomBytes)(scene.clock.now());
  const sealed = plainBlob(packContent(newEvent()));
  const event = makeEvent(scene.projectId, { id, sealed, expiresAt: at + 90 * DAY });
  await store.recordEvents([makeRecord(event, { plan })]);
  return id;
}

/** Time goes on until it is so, at most for ten minutes. */
async function pass(isOver: () => boolean | Promise<boolean>): Promise<void> {
  for (let seconds = 0; seconds < 600 && !(await isOver()); seconds += 1) {
    await scene.clock.advance(1_000);
    await delay(10);
  }
}

/** The feed is read some times more, if anybody still reads it. */
async function passReadings(): Promise<void> {
  const wanted = readings + 3;
  await pass(() => readings >= wanted);
}

async function subscriptionsOf(eventId: string): Promise<readonly string[]> {
  const deliveries = await store.readDeliveriesOfEvents(scene.projectId, [eventId]);
  return deliveries.filter(({ state }) => state !== "cancelled").map(({ subscriptionId }) => subscriptionId);
}

test("a new subscription gets what another node accepted without knowing it, however long the feed is held up", async () => {
  const { flow, clock, projectId } = scene;
  await hold();
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "new" });
  const eventId = await acceptElsewhere();
  await clock.advance(store.matchDelayMs + 10_000);
  await passReadings();
  const isCatchingUp = async () =>
    (await store.readSubscription(projectId, subscription.id))?.catchUpTo !== null;
  expect(await isCatchingUp()).toBe(true);
  expect(await subscriptionsOf(eventId)).toEqual([]);
  await letGo();
  await pass(async () => !(await isCatchingUp()));
  expect(await subscriptionsOf(eventId)).toEqual([subscription.id]);
});

test("a new subscription gets nothing that was accepted long before it, though the feed shows it only afterwards", async () => {
  const { flow, clock, projectId } = scene;
  await hold();
  const old = await acceptElsewhere();
  await clock.advance(60_000);
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "new" });
  const young = await acceptElsewhere();
  await letGo();
  await clock.advance(store.matchDelayMs + 10_000);
  await pass(async () => (await store.readSubscription(projectId, subscription.id))?.catchUpTo === null);
  expect(await subscriptionsOf(young)).toEqual([subscription.id]);
  expect(await subscriptionsOf(old)).toEqual([]);
});

test("what another node accepted for a deleted subscription alone goes to the main inbox, however long the feed is held up", async () => {
  const { flow, clock, projectId } = scene;
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "gone" });
  const main = await flow.findInbox(projectId, "main");
  await pass(async () => (await store.readSubscription(projectId, subscription.id))?.catchUpTo === null);
  await hold();
  await flow.deleteSubscription(projectId, subscription.id);
  const eventId = await acceptElsewhere([{ subscriptionId: subscription.id, ordered: false, parks: true }]);
  await clock.advance(store.matchDelayMs + 10_000);
  await passReadings();
  expect(await subscriptionsOf(eventId)).toEqual([]);
  await letGo();
  await pass(async () => (await subscriptionsOf(eventId)).length > 0);
  expect(await subscriptionsOf(eventId)).toEqual([main.id]);
});

test("a replay delivers what was accepted before it, however long the feed is held up, and a count says that there may be more", async () => {
  const { flow, clock, projectId } = scene;
  const wish = { filter: null, after: null, before: null, subscriptionId: null, ratePerSecond: null };
  await hold();
  await flow.acceptEvents(projectId, [newEvent()]);
  expect(await flow.countReplay(projectId, wish)).toEqual({ count: 0, more: true });
  await clock.advance(1_000);
  const { id } = await flow.startReplay(projectId, wish);
  await passReadings();
  expect(await flow.readJob(projectId, id)).toMatchObject({ state: "running", done: 0 });
  await letGo();
  expect(await flow.countReplay(projectId, wish)).toEqual({ count: 1, more: false });
  await pass(async () => (await flow.readJob(projectId, id)).state === "done");
  expect(await flow.readJob(projectId, id)).toMatchObject({ done: 1 });
});
