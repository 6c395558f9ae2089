import { setTimeout as wait } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import type { Subscription } from "../../domain/subscription.ts";
import { makeEvent, makeRecord, planFor, SECOND, T0 } from "../contract/make-records.ts";
import {
  ACKNOWLEDGE,
  addProject,
  eventIds,
  lease,
  type Scene,
  settle,
  subscribe,
} from "../contract/scene.ts";
import type { FeedPosition } from "../event-store.ts";
import type { Store } from "../store.ts";
import { projectKey } from "./keys.ts";
import { type DynamoPlace, type DynamoTuning, openDynamoStore } from "./open-dynamo-store.ts";
import { partitionFor, partitionsOf, placeOf } from "./places.ts";
import { openTestTables } from "./testing/open-test-tables.ts";
import { scanTable } from "./testing/scan-table.ts";

const NODES = 3;
/** Time runs four times as fast, so that steps come into force while the test runs. */
const PACE = 4;
/** Each node alone is over this; it doubles shards at most each second of this machine. */
const WARM = { unitsPerSecond: 20, windowMs: 100, restMs: 1_000 };
/** Between them events of every earlier number of shards lie in the table, too. */
const LEAST_SHARDS = 8;
const FEED_DELAY_MS = 24 * SECOND;
const MOST_MS = 120_000;

/** What the nodes wrote and read together. */
interface Run extends Scene {
  readonly stores: readonly Store[];
  readonly inbox: Subscription;
  readonly written: string[];
  readonly leased: string[];
  now(): number;
  /** Nobody begins another write. */
  isOver: boolean;
  /** When all was written, in the time of the run. */
  writtenAt: number | null;
}

test("three nodes write to one project that grows: the feeds and lists of all of them show each event once, and leases hand each out once", {
  timeout: MOST_MS,
}, async () => {
  const place = await openTestTables();
  const run = await openRun(place);
  const feeds = Promise.all(run.stores.map((store) => followFeed(run, store)));
  const consumers = Promise.all(run.stores.map((store) => consume(run, store)));
  const writers = Promise.all(run.stores.map((store) => write(run, store)));
  await Promise.race([writers, whenGrown(run, place)]);
  run.isOver = true;
  await writers;
  run.writtenAt = run.now();

  const ids = run.written.toSorted();
  for (const feed of await feeds) expect(feed).toEqual(ids);
  await consumers;
  expect(run.leased.toSorted()).toEqual(ids);
  for (const store of run.stores) {
    expect(await listAll(run, store)).toEqual(ids);
    await store.close();
  }
  await expectInPlace(run, place);
});

async function openRun(place: DynamoPlace): Promise<Run> {
  const began = performance.now();
  const now = () => T0 + Math.floor((performance.now() - began) * PACE);
  const tuning: DynamoTuning = {
    ...{ storeTime: now, heat: WARM, copiesLastMs: (2 * SECOND) / PACE },
    ...{ feedDelayMs: FEED_DELAY_MS, commitWithinMs: Number.POSITIVE_INFINITY },
  };
  const stores = await Promise.all(Array.from({ length: NODES }, () => openDynamoStore(place, tuning)));
  const [first] = stores;
  if (first === undefined) throw new Error("there is no node");
  const scene = await addProject(first);
  const inbox = await subscribe(scene);
  return { ...scene, stores, inbox, now, written: [], leased: [], isOver: false, writtenAt: null };
}

async function write(run: Run, store: Store): Promise<void> {
  while (!run.isOver) {
    const events = Array.from({ length: 5 }, () => makeEvent(run.projectId, { at: run.now() }));
    const records = events.map((event) => makeRecord(event, { plan: planFor(run.inbox) }));
    for (const { outcome } of await store.recordEvents(records)) expect(outcome).toBe("created");
    run.written.push(...events.map(({ id }) => id));
  }
}

/** Reads the feed as it grows, up to the last event that was written. */
async function followFeed(run: Run, store: Store): Promise<string[]> {
  const seen: string[] = [];
  let after: FeedPosition | null = null;
  for (;;) {
    const now = run.now();
    const isLast = run.writtenAt !== null && now - FEED_DELAY_MS > run.writtenAt;
    const page = await store.readFeed({
      projectId: run.projectId,
      ...{ after, subjectIndex: null, limit: 100, now },
    });
    if (page.outcome !== "page") throw new Error(page.outcome);
    seen.push(...page.items.map(({ event }) => event.id));
    after = page.end;
    if (isLast && page.items.length === 0) return seen;
    if (page.items.length === 0) await wait(50);
  }
}

/** Leases and acknowledges until everything that was written is handed out. */
async function consume(run: Run, store: Store): Promise<void> {
  const scene = { store, projectId: run.projectId };
  while (run.writtenAt === null || run.leased.length < run.written.length) {
    const taken = await lease(scene, { from: run.inbox, now: run.now(), limit: 20 });
    run.leased.push(...eventIds(taken));
    for (const delivery of taken)
      expect(await settle(scene, delivery, { verb: ACKNOWLEDGE, now: run.now() })).toBe("settled");
    if (taken.length === 0) await wait(20);
  }
}

/** Resolves when events lie over as many shards as wanted, and more of them came. */
async function whenGrown(run: Run, place: DynamoPlace): Promise<void> {
  for (;;) {
    const [newest] = (await readPlace(run, place)).steps.toReversed();
    if (newest !== undefined && newest.count >= LEAST_SHARDS && newest.since + 5 * SECOND < run.now()) return;
    await wait(100);
  }
}

/** The project's row as it stands there. */
async function readPlace({ projectId }: Scene, place: DynamoPlace) {
  const rows = await scanTable(place, "control");
  const row = rows.find(
    (item) => item.pk === projectKey(projectId).pk && item.sk === projectKey(projectId).sk,
  );
  const found = row === undefined ? null : placeOf(projectId, row);
  if (found === null) throw new Error("there is no project");
  return found;
}

/** Newest first, turned round. */
async function listAll({ projectId, now }: Run, store: Store): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = { projectId, beforeId: ids.at(-1) ?? null, fromId: null, subjectIndex: null, limit: 100 };
    const events = await store.listEvents({ ...page, now: now() });
    if (events.length === 0) return ids.reverse();
    ids.push(...events.map(({ id }) => id));
  }
}

/** Every event and every delivery lies where its id says, and all shards are in use. */
async function expectInPlace(run: Scene, place: DynamoPlace): Promise<void> {
  const known = await readPlace(run, place);
  const rows = (await scanTable(place, "events")).filter(({ sk }) => /^[ed]#/.test(sk));
  const astray = rows.filter(({ pk, sk }) => pk !== partitionFor(known, sk.split("#")[1] ?? ""));
  expect(astray).toEqual([]);
  expect(partitionsOf(known).length).toBeGreaterThanOrEqual(LEAST_SHARDS);
  expect(new Set(rows.map(({ pk }) => pk)).size).toBeGreaterThanOrEqual(LEAST_SHARDS);
}

test("a doubling that came through too late for other nodes to hear of it moves none of their events", {
  timeout: 30_000,
}, async () => {
  const place = await openTestTables();
  const clock = { now: T0 };
  const tuning = { storeTime: () => clock.now, commitWithinMs: Number.POSITIVE_INFINITY };
  const slow = await openDynamoStore(place, {
    ...{ ...tuning, copiesLastMs: 0, heat: { unitsPerSecond: 0, windowMs: 1, restMs: 0 } },
    configure: (client) => delayUpdates(client, 4 * SECOND, clock),
  });
  const scene = await addProject(slow);
  const other = await openDynamoStore(place, { ...tuning, copiesLastMs: 2 * SECOND });
  const add = async (store: Store) => {
    const events = Array.from({ length: 8 }, () => makeEvent(scene.projectId, { at: clock.now }));
    const outcomes = await store.recordEvents(events.map((event) => makeRecord(event)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(events.map(() => "created"));
    return events.map(({ id }) => id);
  };
  const ids = await add(slow);
  const doubling = add(slow);
  await wait(3 * SECOND);
  // Read once more, it is a copy from before the doubling.
  ids.push(...(await add(other)));
  ids.push(...(await doubling));
  // Less than two seconds later, when that copy still counts.
  ids.push(...(await add(other)));
  const fresh = await openDynamoStore(place, tuning);
  expect((await fresh.readEvents(scene.projectId, ids, clock.now)).map(({ id }) => id)).toEqual(ids);
  for (const store of [slow, other, fresh]) await store.close();
});

/** Each change of a single item takes so long, on a network that lost it some times; by the clock it takes three times as long. */
function delayUpdates(client: DynamoDBClient, ms: number, clock: { now: number }): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === "UpdateItemCommand") {
          await wait(ms);
          clock.now += 3 * ms;
        }
        return next(args);
      },
    { step: "deserialize", name: "delayUpdates", priority: "high" },
  );
}
