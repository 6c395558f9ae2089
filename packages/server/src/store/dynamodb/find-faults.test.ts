import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { T0 } from "../contract/make-records.ts";
import { addProject, recordMany, subscribe } from "../contract/scene.ts";
import { toAttributes } from "./item.ts";
import { laneHeadKey, lanePartition, orderingKey, placeSort, subscriptionKey } from "./keys.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

async function open() {
  const place = await openTestTables();
  const store = await openDynamoStore(place, { copiesLastMs: 0, storeTime: () => T0 });
  const scene = await addProject(store);
  const [inbox, lanes] = [await subscribe(scene), await subscribe(scene, { ordered: true })];
  await recordMany(scene, 2, { to: [inbox] });
  await recordMany(scene, 3, { to: [lanes], key: "k" });
  const remove = async (
    table: "events" | "control",
    { pk, sk }: { readonly pk: string; readonly sk: string },
  ) => {
    const client = new DynamoDBClient({ region: place.region, endpoint: place.endpoint ?? "" });
    await client.send(
      new DeleteItemCommand({ TableName: place.prefix + table, Key: toAttributes({ pk, sk }) }),
    );
    client.destroy();
  };
  return { store, projectId: scene.projectId, inbox, lanes, remove };
}

test("a check finds what is missing of lanes, ordering keys and subscriptions", async () => {
  const { store, projectId, inbox, lanes, remove } = await open();
  expect(await store.findFaults(10)).toEqual([]);
  await remove("events", { pk: lanePartition(projectId, lanes.id, "k"), sk: placeSort(2) });
  await remove("events", orderingKey(projectId, "k"));
  await remove("control", subscriptionKey(projectId, inbox.id));
  const found = await store.findFaults(10);
  expect(found.map(({ kind, detail }) => `${kind}: ${detail.replace(`project ${projectId}: `, "")}`)).toEqual(
    [
      "orphan: 2 open deliveries of a subscription that is gone",
      "lane: 1 deliveries have no place in their lane",
      "lane: 1 ordering keys are behind the positions they gave",
    ],
  );
  await remove("events", laneHeadKey(projectId, lanes.id, "k"));
  expect((await store.findFaults(10)).map(({ detail }) => detail)).toContain(
    `project ${projectId}: 1 lanes do not hand out their head, or hand out others`,
  );
  expect(await store.findFaults(1)).toHaveLength(1);
  await store.close();
});
