import { CreateTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { makeEvent, makeRecord, T0 } from "../contract/make-records.ts";
import { addProject, record } from "../contract/scene.ts";
import { migrateDynamoStore, openDynamoStore } from "./open-dynamo-store.ts";
import { tableDefinitions } from "./tables.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

test("without its tables a store does not open, and the message names the command that makes them", async () => {
  const place = await openTestTables({ isEmpty: true });
  await expect(openDynamoStore(place)).rejects.toThrow("run `triggers store migrate`");
  const made = await migrateDynamoStore(place);
  expect(made.slice(0, 2)).toEqual([`${place.prefix}events`, `${place.prefix}control`]);
  expect(await migrateDynamoStore(place)).toEqual([]);
  await (await openDynamoStore(place)).close();
});

test("a migration that was cut before it set a time to live is finished by the next", async () => {
  const place = await openTestTables({ isEmpty: true });
  const client = new DynamoDBClient({ region: place.region, endpoint: place.endpoint ?? "" });
  const [events] = tableDefinitions(place.prefix);
  if (events === undefined) throw new Error("there is no table");
  await client.send(new CreateTableCommand(events.table));
  expect((await migrateDynamoStore(place))[0]).toBe(`${place.prefix}control`);
  const { TableName } = events.table;
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: "ENABLED", AttributeName: "ttl" });
  expect(await migrateDynamoStore(place)).toEqual([]);
  client.destroy();
});

test("a migration that fails tells the operator what the service said", async () => {
  const place = await openTestTables({ isEmpty: true });
  const nowhere = "http://127.0.0.1:1";
  for (const lost of [
    { ...place, endpoint: nowhere },
    { ...place, bucketEndpoint: nowhere },
  ])
    await expect(migrateDynamoStore(lost)).rejects.toMatchObject({
      code: "storage_unavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
});

test("a service that cannot be reached is told as storage that may work again", async () => {
  const place = { ...(await openTestTables()), endpoint: "http://127.0.0.1:1" };
  await expect(openDynamoStore(place)).rejects.toMatchObject({ code: "storage_unavailable" });
});

test("the service's clock is this machine's, within a second", async () => {
  const store = await openDynamoStore(await openTestTables());
  expect(Math.abs(await store.clockOffsetMs(Date.now))).toBeLessThan(2_000);
  await store.close();
});

test("the feed shows an event fifteen seconds after its time, and the list at once", async () => {
  const store = await openDynamoStore(await openTestTables(), { storeTime: () => T0 });
  const scene = await addProject(store);
  const { projectId } = scene;
  const { id } = await record(scene, { to: [] });
  const read = async (now: number) => {
    const page = await store.readFeed({ projectId, after: null, subjectIndex: null, limit: 9, now });
    return page.outcome === "page" ? page.items.map(({ event }) => event.id) : [];
  };
  expect(await read(T0 + 14_999)).toEqual([]);
  expect(await read(T0 + 15_000)).toEqual([id]);
  const list = { projectId, now: T0, beforeId: null, fromId: null, subjectIndex: null, limit: 9 };
  expect((await store.listEvents(list)).map((event) => event.id)).toEqual([id]);
  await store.close();
});

test("an event that is older than a commit may take is not accepted any more", async () => {
  const clock = { now: T0 };
  const store = await openDynamoStore(await openTestTables(), { storeTime: () => clock.now });
  const { projectId } = await addProject(store);
  for (const orderingKeyIndex of [null, "k"]) {
    const event = makeEvent(projectId, { orderingKeyIndex });
    clock.now = T0 + 5_000;
    await expect(store.recordEvents([makeRecord(event)])).rejects.toMatchObject({
      code: "storage_unavailable",
    });
    expect(await store.readEvents(projectId, [event.id], T0)).toEqual([]);
    // The service's time, as it is measured, has fractions.
    clock.now = T0 + 4_000.25;
    expect(await store.recordEvents([makeRecord(event)])).toMatchObject([{ outcome: "created" }]);
  }
  await store.close();
});

test("a delete of a project is answered when no node knows it any more", async () => {
  const place = await openTestTables();
  const [one, other] = [await openDynamoStore(place), await openDynamoStore(place)];
  const { projectId } = await addProject(one);
  const event = makeEvent(projectId);
  await other.readEvents(projectId, [event.id], T0);
  expect(await one.deleteProject(projectId, T0)).toBe("deleted");
  expect(await other.recordEvents([makeRecord(event)])).toEqual([{ outcome: "no_project" }]);
  for (const store of [one, other]) await store.close();
});
