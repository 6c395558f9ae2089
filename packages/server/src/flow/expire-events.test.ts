import { expect, test } from "vitest";
import { leaseWish, newEvent, openTestFlow, type TestFlow } from "./testing/open-test-flow.ts";
import type { EventQuery } from "./views.ts";

const DAY_MS = 86_400_000;
const QUERY: EventQuery = {
  ...{ type: null, source: null, tag: null, subject: null, after: null, before: null },
  ...{
    order: "newest",
    status: null,
    withStatus: true,
    position: null,
    limit: 50,
    maxBytes: 4 * 1024 * 1024,
  },
};

async function acceptOne({ flow, projectId }: TestFlow): Promise<string> {
  const [accepted] = await flow.acceptEvents(projectId, [newEvent()]);
  if (accepted?.outcome !== "created") throw new Error("not created");
  return accepted.eventId;
}

/** Time passes and the sweep comes round. */
async function pass({ clock }: TestFlow, ms: number): Promise<void> {
  await clock.leap(ms - 61_000);
  await clock.advance(61_000);
}

test("a settled event is removed after its retention, one that waits is not", async () => {
  const test = await openTestFlow();
  const { flow, projectId } = test;
  const settled = await acceptOne(test);
  await flow.acknowledgeEvent(await flow.findInbox(projectId, "main"), settled);
  const waiting = await acceptOne(test);
  await pass(test, 29 * DAY_MS);
  expect((await flow.listEvents(projectId, QUERY)).views).toHaveLength(2);
  await pass(test, 2 * DAY_MS);
  expect((await flow.listEvents(projectId, QUERY)).views.map(({ event }) => event.id)).toEqual([waiting]);
  expect(test.errors).toEqual([]);
});

test("what waits past the backlog time goes dead as expired, and is removed 7 days later", async () => {
  const test = await openTestFlow();
  const { flow, projectId } = test;
  const eventId = await acceptOne(test);
  await pass(test, 91 * DAY_MS);
  const { views } = await flow.listEventDeliveries(projectId, eventId, { after: null, limit: 10 });
  expect(views.map(({ delivery }) => [delivery.state, delivery.stateReason])).toEqual([["dead", "expired"]]);
  const leased = await flow.leaseInbox(await flow.findInbox(projectId, "main"), leaseWish());
  expect(leased.map(({ view }) => [view.event.source, view.event.type])).toEqual([
    ["triggers", "delivery.expired"],
  ]);
  await pass(test, 7 * DAY_MS);
  await expect(flow.readEvent(projectId, eventId, false)).rejects.toMatchObject({ code: "not_found" });
  expect(test.errors).toEqual([]);
});
