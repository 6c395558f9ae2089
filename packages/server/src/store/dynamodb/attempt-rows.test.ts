import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { DAY, T0 } from "../contract/make-records.ts";
import { ACKNOWLEDGE, addProject, leaseOne, record, settle, subscribe } from "../contract/scene.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

const ATTEMPT = { startedAt: T0, durationMs: 9, statusCode: 204, errorCode: null, sealedExcerpt: null };

test("an attempt is kept as long as its delivery, also where a backlog is kept for years", async () => {
  const place = await openTestTables();
  const store = await openDynamoStore(place, { storeTime: () => T0 });
  const scene = await addProject(store);
  const inbox = await subscribe(scene);
  const expiresAt = T0 + 1_000 * DAY;
  await record(scene, { to: [inbox], event: { expiresAt } });
  await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE, attempt: ATTEMPT });
  const client = new DynamoDBClient({ region: place.region, endpoint: place.endpoint ?? "" });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: `${place.prefix}events` }));
  client.destroy();
  const ofAttempts = Items.filter(({ sk }) => sk?.S?.startsWith("a#"));
  expect(ofAttempts.map(({ ttl }) => Number(ttl?.N))).toEqual([expiresAt / 1_000]);
  await store.close();
});
