import { expect, test } from "vitest";
import { INBOX, leaseWish, newEvent, openTestFlow } from "./testing/open-test-flow.ts";

test("a taken name is refused, also that of the main inbox", async () => {
  const { flow, projectId } = await openTestFlow();
  await flow.createInbox(projectId, { ...INBOX, name: "orders" });
  await expect(flow.createInbox(projectId, { ...INBOX, name: "orders" })).rejects.toMatchObject({
    code: "name_taken",
  });
  await expect(flow.createInbox(projectId, { ...INBOX, name: "main" })).rejects.toMatchObject({
    code: "name_taken",
  });
});

test("a filter that does not compile is refused with the clauses that are wrong", async () => {
  const { flow, projectId } = await openTestFlow();
  const filter = { type: [{ prefx: "order." }] };
  await expect(flow.createInbox(projectId, { ...INBOX, name: "orders", filter })).rejects.toMatchObject({
    code: "invalid_filter",
    fields: [expect.objectContaining({ pointer: expect.stringContaining("/filter/type") })],
  });
});

test("a changed filter decides on what is accepted from then on; what waits stays", async () => {
  const { flow, projectId } = await openTestFlow();
  const { subscription } = await flow.createInbox(projectId, {
    ...INBOX,
    name: "orders",
    filter: { type: ["a"] },
  });
  await flow.acceptEvents(projectId, [newEvent({ type: "a" })]);
  await flow.changeSubscription(projectId, subscription.id, { filter: { type: ["b"] } });
  await flow.acceptEvents(projectId, [newEvent({ type: "a" }), newEvent({ type: "b" })]);
  const leased = await flow.leaseInbox(subscription, leaseWish());
  expect(leased.map(({ view }) => view.event.type).sort()).toEqual(["a", "b"]);
});

test("a deleted subscription is gone at once, its open deliveries read as cancelled, and a second delete is answered alike", async () => {
  const { flow, store, projectId, clock } = await openTestFlow();
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "orders" });
  const [accepted] = await flow.acceptEvents(projectId, [newEvent()]);
  const eventId = accepted?.outcome === "created" ? accepted.eventId : "";
  await flow.deleteSubscription(projectId, subscription.id);
  await flow.deleteSubscription(projectId, subscription.id);
  const { views } = await flow.listEventDeliveries(projectId, eventId, { after: null, limit: 10 });
  expect(views.map(({ delivery }) => delivery.state)).toEqual(["cancelled"]);
  await expect(flow.findInbox(projectId, "orders")).rejects.toMatchObject({ code: "not_found" });
  await clock.advance(2_000);
  expect((await store.readDeliveriesOfEvents(projectId, [eventId])).map(({ state }) => state)).toEqual([
    "cancelled",
  ]);
});

test("an event accepted after the delete of its only subscription waits in the main inbox", async () => {
  const { flow, projectId } = await openTestFlow();
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "all" });
  await flow.deleteSubscription(projectId, subscription.id);
  await flow.acceptEvents(projectId, [newEvent()]);
  expect(await flow.leaseInbox(await flow.findInbox(projectId, "main"), leaseWish())).toHaveLength(1);
});

test("the main inbox stays, and takes what its matches say", async () => {
  const { flow, projectId } = await openTestFlow();
  const main = await flow.findInbox(projectId, "main");
  await expect(flow.deleteSubscription(projectId, main.id)).rejects.toMatchObject({ code: "main_inbox" });
  await flow.createInbox(projectId, { ...INBOX, name: "all" });
  await flow.changeSubscription(projectId, main.id, { matches: "all" });
  await flow.acceptEvents(projectId, [newEvent()]);
  expect(await flow.leaseInbox(main, leaseWish())).toHaveLength(1);
  await flow.changeSubscription(projectId, main.id, { matches: "none" });
  await flow.acceptEvents(projectId, [newEvent()]);
  expect(await flow.leaseInbox(main, leaseWish())).toHaveLength(0);
});

test("a subscription past its end matches nothing, cannot be resumed, and its open deliveries go dead", async () => {
  const { flow, store, projectId, clock } = await openTestFlow();
  const expiresAt = clock.now() + 1_000;
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "short", expiresAt });
  await flow.acceptEvents(projectId, [newEvent()]);
  await clock.advance(1_000);
  expect((await flow.readSubscription(projectId, subscription.id)).subscription).toMatchObject({
    state: "ended",
    stateReason: "expired",
  });
  await expect(flow.resumeSubscription(projectId, subscription.id)).rejects.toMatchObject({
    code: "subscription_ended",
  });
  await flow.acceptEvents(projectId, [newEvent()]);
  await clock.advance(1_000);
  const leased = await flow.leaseInbox(await flow.findInbox(projectId, "main"), leaseWish());
  expect(leased.map(({ view }) => view.event.type).sort()).toEqual([null, "subscription.ended"]);
  await clock.advance(3_000);
  expect(await store.countDeliveries(projectId, subscription.id, "dead")).toEqual({ count: 1, more: false });
});
