import { expect, test } from "vitest";
import { settle } from "./testing/fake-clock.ts";
import { newEvent, openTestFlow, type TestFlow } from "./testing/open-test-flow.ts";

/** A flow whose store takes its time for a group, and the sizes of the groups it was given. */
async function openSlowFlow(): Promise<TestFlow & { readonly sizes: number[] }> {
  const sizes: number[] = [];
  const opened = await openTestFlow((store) => ({
    ...store,
    async recordEvents(records) {
      sizes.push(records.length);
      await settle();
      await settle();
      return store.recordEvents(records);
    },
  }));
  return { ...opened, sizes };
}

test("senders who wait for their answers come to share two groups of equal size", async () => {
  const { flow, projectId, sizes } = await openSlowFlow();
  const send = async () => {
    for (let event = 0; event < 10; event++) {
      await flow.acceptEvents(projectId, [newEvent()]);
      // The way of an answer to its sender, and of the next request back.
      await settle();
    }
  };
  await Promise.all(Array.from({ length: 64 }, send));
  expect(sizes.slice(3, 15)).toEqual(Array.from({ length: 12 }, () => 32));
});

test("the events of one request are written together", async () => {
  const { flow, projectId, sizes } = await openSlowFlow();
  const batch = Array.from({ length: 100 }, () => newEvent());
  for (let request = 0; request < 3; request++) await flow.acceptEvents(projectId, batch);
  await Promise.all([flow.acceptEvents(projectId, batch), flow.acceptEvents(projectId, batch)]);
  expect(sizes).toEqual([100, 100, 100, 200]);
});
