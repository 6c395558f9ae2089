import { expect, test } from "vitest";
import { makeEvent, makeRecord } from "../contract/make-records.ts";
import { addProject } from "../contract/scene.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

test("by the service's own time a reader who begins at the end of the feed gets what comes next", async () => {
  const store = await openDynamoStore(await openTestTables(), { feedDelayMs: 0 });
  const { projectId } = await addProject(store);
  const after = await store.seekFeed(projectId, null);
  const event = makeEvent(projectId, { at: Date.now() + 1 });
  await store.recordEvents([makeRecord(event)]);
  const request = { projectId, after, subjectIndex: null, limit: 10, now: Date.now() + 10 };
  const page = await store.readFeed(request);
  expect(page).toMatchObject({ outcome: "page", items: [{ position: event.id }] });
  await store.close();
});
