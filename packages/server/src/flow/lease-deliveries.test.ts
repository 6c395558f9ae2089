import { expect, test } from "vitest";
import { settle } from "./testing/fake-clock.ts";
import { INBOX, leaseWish, newEvent, openTestFlow, type TestFlow } from "./testing/open-test-flow.ts";

async function mainInbox({ flow, projectId }: TestFlow) {
  return flow.findInbox(projectId, "main");
}

test("a waiting lease gets an event as soon as it is accepted", async () => {
  const test = await openTestFlow();
  const waiting = test.flow.leaseInbox(await mainInbox(test), leaseWish({ waitSeconds: 60 }));
  await settle();
  await test.flow.acceptEvents(test.projectId, [newEvent()]);
  expect(await waiting).toHaveLength(1);
});

test("a waiting lease ends empty when its time is over", async () => {
  const test = await openTestFlow();
  const waiting = test.flow.leaseInbox(await mainInbox(test), leaseWish({ waitSeconds: 5 }));
  await test.clock.advance(5_000);
  expect(await waiting).toEqual([]);
});

test("a lease that finds nothing asks the store for no events", async () => {
  let asked = 0;
  const test = await openTestFlow((store) => ({
    ...store,
    readEvents: (...args) => {
      asked += 1;
      return store.readEvents(...args);
    },
  }));
  expect(await test.flow.leaseInbox(await mainInbox(test), leaseWish())).toEqual([]);
  expect(asked).toBe(0);
});

test("a waiting lease gets a delivery when the lease of another consumer runs out", async () => {
  const test = await openTestFlow();
  const inbox = await mainInbox(test);
  await test.flow.acceptEvents(test.projectId, [newEvent()]);
  const [first] = await test.flow.leaseInbox(inbox, leaseWish({ leaseSeconds: 3 }));
  const waiting = test.flow.leaseInbox(inbox, leaseWish({ waitSeconds: 10 }));
  await test.clock.advance(3_100);
  const [second] = await waiting;
  expect(second?.delivery.attempt).toBe(2);
  expect(second?.delivery.leaseToken).not.toBe(first?.delivery.leaseToken);
});

test("a caller who hung up while waiting keeps nothing", async () => {
  const test = await openTestFlow();
  const inbox = await mainInbox(test);
  const caller = new AbortController();
  const waiting = test.flow.leaseInbox(inbox, leaseWish({ waitSeconds: 60, signal: caller.signal }));
  await settle();
  caller.abort();
  expect(await waiting).toEqual([]);
  await test.flow.acceptEvents(test.projectId, [newEvent()]);
  expect(await test.flow.leaseInbox(inbox, leaseWish())).toHaveLength(1);
});

test("a delivery of a deleted event is dropped by the lease that meets it", async () => {
  const test = await openTestFlow();
  const accepted = await test.flow.acceptEvents(test.projectId, [newEvent(), newEvent()]);
  const [first] = accepted;
  if (first?.outcome !== "created") throw new Error("not created");
  await test.flow.deleteEvent(test.projectId, first.eventId);
  const leased = await test.flow.leaseInbox(await mainInbox(test), leaseWish());
  expect(leased.map(({ view }) => view.event.id)).not.toContain(first.eventId);
  expect(leased).toHaveLength(1);
});

test("settles answer in the order sent, and a consumer cannot settle what it does not hold", async () => {
  const test = await openTestFlow();
  const { flow, projectId } = test;
  await flow.acceptEvents(projectId, [newEvent(), newEvent(), newEvent()]);
  const inbox = await mainInbox(test);
  const leased = await flow.leaseInbox(inbox, leaseWish());
  const keys = leased.map(({ delivery }) => ({ ...delivery, token: delivery.leaseToken ?? "" }));
  const [a, b, c] = keys;
  if (a === undefined || b === undefined || c === undefined) throw new Error("three were expected");
  const answers = await flow.settleDeliveries(projectId, [
    { ...pick(a), kind: "acknowledge" },
    { ...pick(b), token: a.token, kind: "acknowledge" },
    { ...pick(a), kind: "acknowledge" },
    { ...pick(c), kind: "release", delaySeconds: 0, reason: null },
    { ...pick(c), subscriptionId: a.eventId, kind: "acknowledge" },
  ]);
  expect(answers.map(({ outcome }) => outcome)).toEqual([
    "settled",
    "lease_lost",
    "already_acknowledged",
    "settled",
    "not_found",
  ]);
});

function pick({
  eventId,
  subscriptionId,
  cause,
  token,
}: {
  eventId: string;
  subscriptionId: string;
  cause: string;
  token: string;
}) {
  return { eventId, subscriptionId, cause, token };
}

test("a paused inbox hands out nothing until it is resumed, and loses nothing", async () => {
  const { flow, projectId } = await openTestFlow();
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "orders" });
  await flow.pauseSubscription(projectId, subscription.id);
  await flow.acceptEvents(projectId, [newEvent()]);
  await expect(flow.leaseInbox(subscription, leaseWish())).rejects.toMatchObject({ code: "inbox_paused" });
  await flow.resumeSubscription(projectId, subscription.id);
  expect(await flow.leaseInbox(subscription, leaseWish())).toHaveLength(1);
});
