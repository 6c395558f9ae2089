import { expect, test } from "vitest";
import { leaseWish, newEvent, openTestFlow } from "./testing/open-test-flow.ts";

test("a reason that a consumer wrote is stored sealed and shown as it was written", async () => {
  const { flow, store, projectId } = await openTestFlow();
  const [accepted] = await flow.acceptEvents(projectId, [newEvent()]);
  const [leased] = await flow.leaseInbox(await flow.findInbox(projectId, "main"), leaseWish());
  if (leased === undefined || accepted?.outcome !== "created") throw new Error("nothing was leased");
  const { eventId, subscriptionId, cause, leaseToken } = leased.delivery;
  const key = { eventId, subscriptionId, cause };
  await flow.settleDeliveries(projectId, [
    { ...key, token: leaseToken ?? "", kind: "bury", reason: "Ms Smith said no" },
  ]);
  expect((await store.readDelivery(projectId, key))?.delivery.stateReason).not.toContain("Smith");
  expect((await flow.readDelivery(projectId, key)).view.delivery.stateReason).toBe("Ms Smith said no");
  const wish = { subscriptionId: null, after: null, before: null };
  expect(await flow.countRedrive(projectId, { ...wish, reason: "Ms Smith said no" })).toEqual({
    count: 1,
    more: false,
  });
  expect(await flow.countRedrive(projectId, { ...wish, reason: "another" })).toEqual({
    count: 0,
    more: false,
  });
});
