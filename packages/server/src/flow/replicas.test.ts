import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeIdSource } from "../domain/ids.ts";
import { plainBlob } from "../seal/sealed-blob.ts";
import { DAY, makeEvent, makeRecord } from "../store/contract/make-records.ts";
import type { PlannedDelivery } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import { packContent } from "./event-content.ts";
import { delayFeed, FEED_DELAY_MS } from "./testing/delay-feed.ts";
import { INBOX, newEvent, openTestFlow, type TestFlow } from "./testing/open-test-flow.ts";

const MATCH_DELAY_MS = 5_000;

/** One of several nodes. */
function openReplica(change: (store: Store) => Partial<Store> = () => ({})): Promise<TestFlow> {
  return openTestFlow((store) => ({ ...store, ...change(store), matchDelayMs: MATCH_DELAY_MS }));
}

/** Another node, whose clock is behind or ahead, accepts an event that it has matched by an older snapshot. */
async function acceptElsewhere(
  { store, clock, projectId }: TestFlow,
  plan: readonly PlannedDelivery[] = [],
  aheadMs = -200,
): Promise<string> {
  const { id, at } = makeIdSource(randomBytes)(clock.now() + aheadMs);
  const sealed = plainBlob(packContent(newEvent()));
  const event = makeEvent(projectId, { id, sealed, expiresAt: at + 90 * DAY });
  await store.recordEvents([makeRecord(event, { plan })]);
  return id;
}

async function subscriptionsOf({ store, projectId }: TestFlow, eventId: string): Promise<readonly string[]> {
  const deliveries = await store.readDeliveriesOfEvents(projectId, [eventId]);
  return deliveries.filter(({ state }) => state !== "cancelled").map(({ subscriptionId }) => subscriptionId);
}

test("a new subscription gets what another node accepts without knowing it, whatever the clock there says", async () => {
  const replica = await openReplica();
  const before = await acceptElsewhere(replica);
  const { subscription } = await replica.flow.createInbox(replica.projectId, { ...INBOX, name: "new" });
  const after = await acceptElsewhere(replica);
  await replica.clock.advance(MATCH_DELAY_MS);
  const late = await acceptElsewhere(replica);
  await replica.clock.advance(3_000);
  expect(replica.errors).toEqual([]);
  expect(await subscriptionsOf(replica, before)).toEqual([]);
  expect(await subscriptionsOf(replica, after)).toEqual([subscription.id]);
  expect(await subscriptionsOf(replica, late)).toEqual([subscription.id]);
  const { subscription: ready } = await replica.flow.readSubscription(replica.projectId, subscription.id);
  expect(ready.catchUpTo).toBeNull();
  expect(replica.errors).toEqual([]);
});

test("the time until a new subscription is in effect begins when it is stored, however long its job took", async () => {
  const replica = await openReplica((store) => ({
    createJob: async (job) => {
      await replica.clock.advance(4_000);
      return store.createJob(job);
    },
  }));
  const { subscription } = await replica.flow.createInbox(replica.projectId, { ...INBOX, name: "new" });
  expect(subscription.effectiveAt).toBe(replica.clock.now() + MATCH_DELAY_MS);
  const stored = await replica.store.readSubscription(replica.projectId, subscription.id);
  expect(stored?.effectiveAt).toBe(subscription.effectiveAt);
});

test("what another node accepts for a deleted subscription alone goes to the main inbox, what others get does not", async () => {
  const replica = await openReplica();
  const { flow, projectId } = replica;
  const make = async (name: string) => (await flow.createInbox(projectId, { ...INBOX, name })).subscription;
  const [gone, other] = [await make("gone"), await make("other")];
  const main = await flow.findInbox(projectId, "main");
  const planned = (id: string) => ({ subscriptionId: id, ordered: false, parks: true });
  await replica.clock.advance(10_000);
  const before = await acceptElsewhere(replica, [planned(gone.id)]);
  await flow.deleteSubscription(projectId, gone.id);
  await replica.clock.advance(2_000);
  const alone = await acceptElsewhere(replica, [planned(gone.id)]);
  const shared = await acceptElsewhere(replica, [planned(gone.id), planned(other.id)]);
  await replica.clock.advance(10_000);
  expect(await subscriptionsOf(replica, before)).toEqual([]);
  expect(await subscriptionsOf(replica, alone)).toEqual([main.id]);
  expect(await subscriptionsOf(replica, shared)).toEqual([other.id]);
  expect(replica.errors).toEqual([]);
});

test("a main inbox that takes nothing is given nothing after a delete either", async () => {
  const replica = await openReplica();
  const { flow, projectId } = replica;
  const main = await flow.findInbox(projectId, "main");
  await flow.changeSubscription(projectId, main.id, { matches: "none" });
  const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "gone" });
  await replica.clock.advance(10_000);
  await flow.deleteSubscription(projectId, subscription.id);
  const plan = [{ subscriptionId: subscription.id, ordered: false, parks: true }];
  const alone = await acceptElsewhere(replica, plan);
  await replica.clock.advance(10_000);
  expect(await subscriptionsOf(replica, alone)).toEqual([]);
});

test("a replay delivers everything accepted before it, also behind the event of a node whose clock is ahead", async () => {
  const replica = await openReplica();
  const { flow, projectId, clock } = replica;
  await acceptElsewhere(replica, [], 3_000);
  await flow.acceptEvents(
    projectId,
    Array.from({ length: 300 }, () => newEvent()),
  );
  await clock.advance(1_000);
  const wish = { filter: null, after: null, before: null, subscriptionId: null, ratePerSecond: null };
  const { id } = await flow.startReplay(projectId, wish);
  await clock.advance(2_000);
  expect(await flow.readJob(projectId, id)).toMatchObject({ state: "done", done: 300 });
});

describe("on a store whose feed has a delay", () => {
  test("a new subscription gets what the feed shows only after every node knows it", async () => {
    const replica = await openReplica(delayFeed);
    const { subscription } = await replica.flow.createInbox(replica.projectId, { ...INBOX, name: "new" });
    const early = await acceptElsewhere(replica);
    await replica.clock.advance(MATCH_DELAY_MS);
    const late = await acceptElsewhere(replica);
    await replica.clock.advance(FEED_DELAY_MS + 3_000);
    expect(await subscriptionsOf(replica, early)).toEqual([subscription.id]);
    expect(await subscriptionsOf(replica, late)).toEqual([subscription.id]);
    const { subscription: ready } = await replica.flow.readSubscription(replica.projectId, subscription.id);
    expect(ready.catchUpTo).toBeNull();
    expect(replica.errors).toEqual([]);
  });

  test("what another node accepts for a deleted subscription alone goes to the main inbox all the same", async () => {
    const replica = await openReplica(delayFeed);
    const { flow, projectId } = replica;
    const { subscription } = await flow.createInbox(projectId, { ...INBOX, name: "gone" });
    const main = await flow.findInbox(projectId, "main");
    await replica.clock.advance(FEED_DELAY_MS + 10_000);
    await flow.deleteSubscription(projectId, subscription.id);
    await replica.clock.advance(2_000);
    const plan = [{ subscriptionId: subscription.id, ordered: false, parks: true }];
    const alone = await acceptElsewhere(replica, plan);
    await replica.clock.advance(FEED_DELAY_MS + 10_000);
    expect(await subscriptionsOf(replica, alone)).toEqual([main.id]);
    expect(replica.errors).toEqual([]);
  });
});
