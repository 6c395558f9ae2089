import { expect, test } from "vitest";
import { makeEvent, makeRecord, T0 } from "../contract/make-records.ts";
import { addProject } from "../contract/scene.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { countUnits } from "./testing/count-units.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

test("the row of a project is read once for all who ask for it together", async () => {
  const place = await openTestTables();
  const first = await openDynamoStore(place);
  const { projectId } = await addProject(first);
  await first.close();
  const counter = countUnits();
  const store = await openDynamoStore(place, { storeTime: () => T0, configure: counter.configure });
  counter.take();
  const records = Array.from({ length: 20 }, () => makeRecord(makeEvent(projectId)));
  const outcomes = await store.recordEvents(records);
  expect(outcomes.every(({ outcome }) => outcome === "created")).toBe(true);
  expect(counter.take().read).toBe(1);
  await store.close();
});
