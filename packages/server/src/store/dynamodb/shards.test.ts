import { DynamoDBClient, GetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { makeEvent, makeRecord, planFor, SECOND, T0 } from "../contract/make-records.ts";
import {
  ACKNOWLEDGE,
  addProject,
  change,
  eventIds,
  lease,
  type Scene,
  settle,
  subscribe,
} from "../contract/scene.ts";
import { projectKey, subscriptionKey } from "./keys.ts";
import { type DynamoPlace, openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

const MINUTE = 60 * SECOND;
/** Whatever is written is too much, but shards double no more often than this: on a slow machine there would be thousands. */
const HOT = { unitsPerSecond: 0, windowMs: 1, restMs: 3_000 };
const PATIENCE = { timeout: 60_000 };

async function open() {
  const clock = { now: T0 };
  const place = await openTestTables();
  const tuning = {
    ...{ copiesLastMs: 0, feedDelayMs: 0, commitWithinMs: Number.POSITIVE_INFINITY },
    storeTime: () => clock.now,
  };
  const scene = await addProject(await openDynamoStore(place, { ...tuning, heat: HOT }));
  const inbox = await subscribe(scene, { ordered: true });
  /** A call of ten events, after which the shards are doubled. */
  const recordTen = async () => {
    const events = Array.from({ length: 10 }, (_, index) =>
      makeEvent(scene.projectId, { at: clock.now, subjectIndex: index % 2 === 0 ? "even" : "odd" }),
    );
    await scene.store.recordEvents(events.map((event) => makeRecord(event, { plan: planFor(inbox) })));
    return events.map(({ id }) => id);
  };
  return { scene, inbox, recordTen, clock, place, reopen: () => openDynamoStore(place, tuning) };
}

/** How many shards are written down for the project and for the queue. */
async function readShards({ projectId }: Scene, place: DynamoPlace, subscriptionId: string) {
  const client = new DynamoDBClient({ region: place.region, endpoint: place.endpoint ?? "" });
  const read = async ({ pk, sk }: { readonly pk: string; readonly sk: string }) => {
    const command = new GetItemCommand({
      TableName: `${place.prefix}control`,
      Key: { pk: { S: pk }, sk: { S: sk } },
    });
    return (await client.send(command)).Item ?? {};
  };
  const project = await read(projectKey(projectId));
  const subscription = await read(subscriptionKey(projectId, subscriptionId));
  client.destroy();
  const steps: readonly (readonly [number, number])[] = JSON.parse(project.sh?.S ?? "[]");
  return { project: steps.at(-1)?.[1] ?? 1, queue: Number(subscription.qn?.N ?? 1) };
}

/** How many partitions hold events of the project. */
async function partitionsInUse({ projectId }: Scene, place: DynamoPlace): Promise<number> {
  const client = new DynamoDBClient({ region: place.region, endpoint: place.endpoint ?? "" });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: `${place.prefix}events` }));
  client.destroy();
  const events = Items.filter(({ pk, sk }) => pk?.S?.startsWith(projectId) && sk?.S?.startsWith("e#"));
  return new Set(events.map(({ pk }) => pk?.S)).size;
}

describe("a busy project", PATIENCE, () => {
  test("spreads over more shards, and everything is found where it is", async () => {
    const { scene, inbox, recordTen, clock, place, reopen } = await open();
    const { projectId } = scene;
    const ids: string[] = [];
    for (let round = 0; round < 4; round++) {
      ids.push(...(await recordTen()));
      clock.now += MINUTE;
    }
    const shards = await readShards(scene, place, inbox.id);
    expect(shards.project).toBeGreaterThan(1);
    expect(shards.queue).toBeGreaterThan(1);
    const store = await reopen();
    const now = clock.now + MINUTE;
    expect((await store.readEvents(projectId, ids, now)).map(({ id }) => id)).toEqual(ids);
    const feed = { projectId, after: null, limit: 100, now };
    for (const [subjectIndex, count] of [
      [null, 40],
      ["even", 20],
    ] as const) {
      const page = await store.readFeed({ ...feed, subjectIndex });
      const found = page.outcome === "page" ? page.items.map(({ event }) => event.id) : [];
      expect(found).toHaveLength(count);
      expect(found).toEqual(found.toSorted());
    }
    expect((await store.countDeliveries(projectId, inbox.id, "pending")).count).toBe(40);
    const taken = await lease({ store, projectId }, { from: inbox, now, limit: 30 });
    expect(eventIds(taken)).toEqual(ids.slice(0, 30));
    for (const delivery of taken)
      expect(await settle({ store, projectId }, delivery, { verb: ACKNOWLEDGE, now })).toBe("settled");
    expect(await store.deleteEvent(projectId, ids[39] ?? "", now)).toBe("deleted");
    expect(await store.readDeliveriesOfEvents(projectId, ids)).toHaveLength(39);
    for (const one of [store, scene.store]) await one.close();
  });

  test("uses new shards only for events of a time when every node has heard of them", async () => {
    const { scene, recordTen, place, clock } = await open();
    for (let round = 0; round < 3; round++) await recordTen();
    clock.now += 14 * SECOND;
    await recordTen();
    expect(await partitionsInUse(scene, place)).toBe(1);
    clock.now += MINUTE;
    await recordTen();
    expect(await partitionsInUse(scene, place)).toBeGreaterThan(1);
    await scene.store.close();
  });

  test("a change of a subscription keeps the shards of its queue", async () => {
    const { scene, inbox, recordTen, place } = await open();
    for (let round = 0; round < 3; round++) await recordTen();
    const { queue } = await readShards(scene, place, inbox.id);
    expect(queue).toBeGreaterThan(1);
    await change(scene, inbox.id, { labels: ["x"] });
    expect((await readShards(scene, place, inbox.id)).queue).toBe(queue);
    await scene.store.close();
  });
});
