import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { makeEvent, makeRecord, planFor, SECOND, T0 } from "../contract/make-records.ts";
import { addProject, liveKey, record, subscribe } from "../contract/scene.ts";
import { toAttributes } from "./item.ts";
import { eventSort, shardKey } from "./keys.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

test("deliveries whose event never came are dropped after a minute, and their event cannot come any more", async () => {
  const place = await openTestTables();
  const store = await openDynamoStore(place, { copiesLastMs: 0, storeTime: () => T0 });
  const scene = await addProject(store);
  const { projectId } = scene;
  const inbox = await subscribe(scene);
  const { id } = await record(scene, { to: [inbox] });
  // As a commit leaves it that was cut before its last write.
  const client = new DynamoDBClient({ region: place.region, endpoint: place.endpoint ?? "" });
  const Key = toAttributes({ pk: shardKey(projectId, 0), sk: eventSort(id) });
  await client.send(new DeleteItemCommand({ TableName: `${place.prefix}events`, Key }));
  client.destroy();
  const key = liveKey(id, inbox);
  await store.dropDeliveries(projectId, [key], T0 + 60 * SECOND);
  expect(await store.readDelivery(projectId, key)).not.toBeNull();
  await store.dropDeliveries(projectId, [key], T0 + 61 * SECOND);
  expect(await store.readDelivery(projectId, key)).toBeNull();
  const late = makeRecord(makeEvent(projectId, { id }), { plan: planFor(inbox) });
  await expect(store.recordEvents([late])).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await store.readEvents(projectId, [id], T0)).toEqual([]);
  await store.close();
});
