import { expect, test } from "vitest";
import { delayFeed, FEED_DELAY_MS } from "./testing/delay-feed.ts";
import { INBOX, leaseWish, newEvent, openTestFlow, type TestFlow } from "./testing/open-test-flow.ts";

const EVERYTHING = { filter: null, after: null, before: null, subscriptionId: null, ratePerSecond: null };

async function accept({ flow, projectId, clock }: TestFlow, types: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const type of types) {
    const [accepted] = await flow.acceptEvents(projectId, [newEvent({ type })]);
    if (accepted?.outcome === "created") ids.push(accepted.eventId);
    await clock.advance(1_000);
  }
  return ids;
}

async function leasedTypes({ flow, projectId }: TestFlow, inbox: string): Promise<(string | null)[]> {
  const leased = await flow.leaseInbox(await flow.findInbox(projectId, inbox), leaseWish({ limit: 100 }));
  return leased.map(({ view }) => view.event.type);
}

test("a replay makes new deliveries for those that match today, and its job says how many", async () => {
  const test = await openTestFlow();
  const { flow, projectId, clock } = test;
  await accept(test, ["a", "b", "a"]);
  await flow.createInbox(projectId, { ...INBOX, name: "late", filter: { type: ["a"] } });
  const job = await flow.startReplay(projectId, { ...EVERYTHING, filter: { type: ["a"] } });
  await clock.advance(2_000);
  expect(await flow.readJob(projectId, job.id)).toMatchObject({ state: "done", done: 2 });
  expect(await leasedTypes(test, "late")).toEqual(["a", "a"]);
});

test("a replay keeps to its times and to the subscription named, whose filter still counts", async () => {
  const test = await openTestFlow();
  const { flow, projectId, clock } = test;
  const startAt = clock.now();
  await accept(test, ["a", "b", "a", "b"]);
  const { subscription } = await flow.createInbox(projectId, {
    ...INBOX,
    name: "late",
    filter: { type: ["b"] },
  });
  const wish = {
    ...EVERYTHING,
    after: startAt + 1_000,
    before: startAt + 3_000,
    subscriptionId: subscription.id,
  };
  expect(await flow.countReplay(projectId, wish)).toEqual({ count: 1, more: false });
  await flow.startReplay(projectId, wish);
  await clock.advance(2_000);
  expect(await leasedTypes(test, "late")).toEqual(["b"]);
});

test("one event goes to the subscription named whatever its filter says", async () => {
  const test = await openTestFlow();
  const { flow, projectId, clock } = test;
  const [eventId = ""] = await accept(test, ["a"]);
  const { subscription } = await flow.createInbox(projectId, {
    ...INBOX,
    name: "late",
    filter: { type: ["b"] },
  });
  await flow.replayEvent(projectId, { eventId, subscriptionId: subscription.id });
  await flow.replayEvent(projectId, { eventId, subscriptionId: subscription.id });
  await clock.advance(2_000);
  expect(await leasedTypes(test, "late")).toEqual(["a", "a"]);
});

test("a paced replay takes its time, and can be cancelled on the way", async () => {
  const test = await openTestFlow();
  const { flow, projectId, clock } = test;
  await flow.acceptEvents(
    projectId,
    Array.from({ length: 50 }, () => newEvent()),
  );
  await flow.createInbox(projectId, { ...INBOX, name: "late" });
  const job = await flow.startReplay(projectId, { ...EVERYTHING, ratePerSecond: 10 });
  await clock.advance(2_500);
  const { done } = await flow.readJob(projectId, job.id);
  expect(done).toBeGreaterThanOrEqual(20);
  expect(done).toBeLessThan(50);
  await flow.cancelJob(projectId, job.id);
  await clock.advance(10_000);
  expect(await flow.readJob(projectId, job.id)).toMatchObject({ state: "cancelled", done });
  await expect(flow.cancelJob(projectId, job.id)).rejects.toMatchObject({ code: "job_finished" });
});

test("a redrive of many makes the dead pending again, those that match its terms alone", async () => {
  const test = await openTestFlow();
  const { flow, projectId, clock } = test;
  await accept(test, ["a", "b"]);
  const inbox = await flow.findInbox(projectId, "main");
  const leased = await flow.leaseInbox(inbox, leaseWish());
  const bury = leased.map(({ delivery: { eventId, subscriptionId, cause, leaseToken } }, index) => ({
    ...{ eventId, subscriptionId, cause, token: leaseToken ?? "", kind: "bury" as const },
    reason: index === 0 ? "first" : "second",
  }));
  await flow.settleDeliveries(projectId, bury);
  await clock.advance(1_000);
  const job = await flow.startRedrive(projectId, {
    subscriptionId: inbox.id,
    after: null,
    before: null,
    reason: "second",
  });
  await clock.advance(2_000);
  expect(await flow.readJob(projectId, job.id)).toMatchObject({ state: "done", done: 1 });
  expect(await leasedTypes(test, "main")).toEqual(["b"]);
});

test("explain names the clause that failed with the value seen, for each subscription of today", async () => {
  const test = await openTestFlow();
  const { flow, projectId } = test;
  await flow.createInbox(projectId, { ...INBOX, name: "a", filter: { type: ["a"] } });
  await flow.createInbox(projectId, { ...INBOX, name: "b", filter: { type: ["b"] } });
  const [eventId = ""] = await accept(test, ["a"]);
  const explained = await flow.explainEvent(projectId, eventId);
  expect(explained.map(({ name, explanation }) => [name, explanation])).toEqual([
    ["a", { matched: true }],
    ["b", { matched: false, failed: { pointer: "/type", pattern: ["b"], value: "a" } }],
  ]);
  const tried = await flow.testFilterOnLast(projectId, { filter: { type: ["a"] }, last: 10 });
  expect(tried).toEqual([{ eventId, explanation: { matched: true } }]);
});

test.each([
  ["without a pace", null],
  ["with a pace", 10],
])(
  "a replay %s waits for what was accepted just before it and the feed shows later",
  async (_, ratePerSecond) => {
    const test = await openTestFlow(delayFeed);
    const { flow, projectId, clock } = test;
    await flow.createInbox(projectId, { ...INBOX, name: "late" });
    await clock.advance(FEED_DELAY_MS);
    const [first] = await accept(test, ["a", "b"]);
    const job = await flow.startReplay(projectId, { ...EVERYTHING, ratePerSecond });
    await clock.advance(1);
    await accept(test, ["after"]);
    await clock.advance(FEED_DELAY_MS + 2_000);
    expect(await flow.readJob(projectId, job.id)).toMatchObject({ state: "done", done: 2 });
    const deliveries = await test.store.readDeliveriesOfEvents(projectId, [first ?? ""]);
    expect(deliveries.map(({ cause }) => cause).sort()).toEqual([job.id, "live"].sort());
    expect(test.errors).toEqual([]);
  },
);
