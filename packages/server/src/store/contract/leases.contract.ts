import { describe, expect, test } from "vitest";
import { leaseToken, POISON_TAKEOVERS } from "../../domain/delivery.ts";
import { lateRank, rankOf } from "../../domain/priority.ts";
import type { SubscriptionState } from "../../domain/subscription.ts";
import { DAY, idAt, makeSubscription, SECOND, T0 } from "./make-records.ts";
import {
  addProject,
  change,
  eventIds,
  keyOf,
  lease,
  leaseOne,
  leaseRequest,
  liveKey,
  type OpenScene,
  record,
  recordMany,
  releaseAt,
  type Scene,
  settle,
  stateOf,
  subscribe,
} from "./scene.ts";

export function describeLeases(open: OpenScene): void {
  describe("leases", () => {
    test("a lease holds a delivery under the token of its place until its end", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const ids = await recordMany(scene, 2, { to: [inbox] });
      const request = leaseRequest(scene, { from: inbox });
      const outcome = await scene.store.leaseDeliveries(request);
      const deliveries = outcome.outcome === "leased" ? outcome.deliveries : [];
      expect(eventIds(deliveries).toSorted()).toEqual(ids);
      for (const [index, delivery] of deliveries.entries()) {
        const { until: dueAt, now: leasedAt } = request;
        const held = {
          state: "leased",
          attempt: 1,
          dueAt,
          leasedAt,
          leaseToken: leaseToken(request.leaseId, index),
        };
        expect(delivery).toMatchObject(held);
        expect(await scene.store.readDelivery(scene.projectId, keyOf(delivery))).toEqual({
          delivery,
          isBlocked: false,
        });
      }
    });

    test("of concurrent leases no two are given the same delivery", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const ids = await recordMany(scene, 20, { to: [inbox] });
      const leases = await Promise.all(
        Array.from({ length: 8 }, () => lease(scene, { from: inbox, limit: 5 })),
      );
      expect(eventIds(leases.flat()).toSorted()).toEqual(ids);
    });

    test("a lease gives no more than its limit", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await recordMany(scene, 5, { to: [inbox] });
      expect(await lease(scene, { from: inbox, limit: 3 })).toHaveLength(3);
      expect(await lease(scene, { from: inbox, limit: 3 })).toHaveLength(2);
      expect(await lease(scene, { from: inbox, limit: 3 })).toEqual([]);
    });

    test("what is not due yet waits, and an empty lease tells when it will be", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox], dueAt: T0 + 90 * SECOND });
      await record(scene, { to: [inbox], dueAt: T0 + 30 * SECOND });
      expect(await emptyLease(scene, { from: inbox })).toBe(T0 + 30 * SECOND);
      expect(await lease(scene, { from: inbox, now: T0 + 30 * SECOND })).toHaveLength(1);
    });

    test("an empty lease tells when the first lease that is out ends, and nothing if none waits", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      expect(await emptyLease(scene, { from: inbox })).toBeNull();
      await recordMany(scene, 2, { to: [inbox] });
      await lease(scene, { from: inbox, limit: 1, until: T0 + 50 * SECOND });
      await lease(scene, { from: inbox, limit: 1, until: T0 + 20 * SECOND });
      expect(await emptyLease(scene, { from: inbox })).toBe(T0 + 20 * SECOND);
    });

    test("high goes before normal before low, and within a priority what is due longer", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const expected: string[] = [];
      for (const priority of ["high", "normal", "low"] as const)
        for (const dueAt of [T0 - 2, T0 - 1]) {
          const { id } = await record(scene, { to: [inbox], dueAt, event: { priority } });
          expected.push(id);
        }
      const taken: string[] = [];
      for (let round = 0; round < 6; round++) taken.push((await leaseOne(scene, { from: inbox })).eventId);
      expect(taken).toEqual(expected);
    });

    test("places for the lower ranks are filled from the lowest priority upwards", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const high = await recordMany(scene, 4, { to: [inbox], event: { priority: "high" } });
      await recordMany(scene, 4, { to: [inbox] });
      const low = await recordMany(scene, 1, { to: [inbox], event: { priority: "low" } });
      const taken = await lease(scene, { from: inbox, limit: 4, lowerFirst: 2 });
      expect(taken.map(({ rank }) => rank).toSorted()).toEqual([0, 0, 2, 4]);
      expect(eventIds(taken)).toEqual(expect.arrayContaining(low));
      expect(eventIds(taken).filter((id) => high.includes(id))).toHaveLength(2);
    });

    test("places for the lower ranks go to what there is", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await recordMany(scene, 5, { to: [inbox], event: { priority: "high" } });
      expect(await lease(scene, { from: inbox, limit: 4, lowerFirst: 4 })).toHaveLength(4);
    });

    test("a late retry goes behind first attempts of its priority and before lower ones", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id: retried } = await record(scene, { to: [inbox] });
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: releaseAt(T0, { isLate: true }) });
      const { id: low } = await record(scene, { to: [inbox], event: { priority: "low" } });
      const { id: first } = await record(scene, { to: [inbox] });
      const taken = [];
      for (let round = 0; round < 3; round++) taken.push(await leaseOne(scene, { from: inbox }));
      expect(eventIds(taken)).toEqual([first, retried, low]);
      expect(taken[1]?.rank).toBe(lateRank(rankOf("normal", false)));
    });

    test("a lease stops before its byte limit, but gives one delivery of any size", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await recordMany(scene, 5, { to: [inbox], event: { bytes: 100 } });
      expect(await lease(scene, { from: inbox, maxBytes: 99 })).toHaveLength(1);
      expect(await lease(scene, { from: inbox, maxBytes: 299 })).toHaveLength(2);
      expect(await lease(scene, { from: inbox, maxBytes: 300 })).toHaveLength(2);
    });

    test("the byte limit leaves room for high and low ones", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      for (const priority of ["high", "low"] as const)
        await recordMany(scene, 10, { to: [inbox], event: { priority, bytes: 100 } });
      const taken = await lease(scene, { from: inbox, limit: 10, lowerFirst: 5, maxBytes: 400 });
      expect(taken.map(({ rank }) => rank).toSorted()).toEqual([0, 0, 4, 4]);
    });

    test("a lease past its end is taken over under a new token, not a moment earlier", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox] });
      const first = await leaseOne(scene, { from: inbox, until: T0 + 10 * SECOND });
      expect(await lease(scene, { from: inbox, now: T0 + 10 * SECOND - 1 })).toEqual([]);
      const second = await leaseOne(scene, { from: inbox, now: T0 + 10 * SECOND });
      expect(second).toMatchObject({ ...keyOf(first), attempt: 2, takeovers: 1, leasedAt: T0 + 10 * SECOND });
      expect(second.leaseToken).not.toBe(first.leaseToken);
    });

    test("a webhook's lease counts no attempt", async () => {
      const scene = await open();
      const webhook = await subscribe(scene, { channel: "webhook", endpointShard: 1 });
      await record(scene, { to: [webhook] });
      expect((await leaseOne(scene, { from: webhook })).attempt).toBe(0);
    });

    test("a lease that ended with the last attempt is found dead", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, { maxAttempts: 2 });
      await record(scene, { to: [inbox] });
      const now = T0 + DAY;
      await leaseOne(scene, { from: inbox, until: now });
      await leaseOne(scene, { from: inbox, now, until: now + 1 });
      const outcome = await scene.store.leaseDeliveries(leaseRequest(scene, { from: inbox, now: now + 1 }));
      expect(outcome).toMatchObject({
        outcome: "leased",
        deliveries: [],
        died: [{ state: "dead", stateReason: "attempts_exhausted", attempt: 2, settledAt: now + 1 }],
      });
    });

    test("a delivery taken over twenty times is poison and dead", async () => {
      const scene = await open();
      const webhook = await subscribe(scene, { channel: "webhook", endpointShard: 1 });
      const { id } = await record(scene, { to: [webhook] });
      const key = liveKey(id, webhook);
      for (let taken = 0; taken < POISON_TAKEOVERS; taken++) {
        const now = T0 + taken * SECOND;
        expect(await lease(scene, { from: webhook, now, until: now + SECOND })).toHaveLength(1);
      }
      const now = T0 + POISON_TAKEOVERS * SECOND;
      const outcome = await scene.store.leaseDeliveries(leaseRequest(scene, { from: webhook, now }));
      expect(outcome).toMatchObject({
        deliveries: [],
        died: [{ ...key, state: "dead", stateReason: "poison" }],
      });
      expect(await stateOf(scene, key)).toBe("dead");
    });

    test("leases that are given back never make poison", async () => {
      const scene = await open();
      const webhook = await subscribe(scene, { channel: "webhook", endpointShard: 1 });
      await record(scene, { to: [webhook] });
      for (let taken = 0; taken <= POISON_TAKEOVERS; taken++)
        expect(await settle(scene, await leaseOne(scene, { from: webhook }), { verb: releaseAt(T0) })).toBe(
          "settled",
        );
    });

    test.each<[SubscriptionState, string]>([
      ["paused", "paused"],
      ["disabled", "disabled"],
      ["ended", "ended"],
      ["deleted", "not_found"],
    ])("a subscription that is %s hands nothing out and says %s", async (state, outcome) => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox] });
      await change(scene, inbox.id, { state });
      expect(await scene.store.leaseDeliveries(leaseRequest(scene, { from: inbox }))).toEqual({ outcome });
    });

    test("a subscription past its expiry hands nothing out, though nobody wrote down its end", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, { expiresAt: T0 + 5 * SECOND });
      await recordMany(scene, 2, { to: [inbox] });
      const before = leaseRequest(scene, { from: inbox, now: T0 + 5 * SECOND - 1, limit: 1 });
      expect(await scene.store.leaseDeliveries(before)).toMatchObject({ outcome: "leased" });
      const after = leaseRequest(scene, { from: inbox, now: T0 + 5 * SECOND });
      expect(await scene.store.leaseDeliveries(after)).toEqual({ outcome: "ended" });
    });

    test("an unknown subscription is not found", async () => {
      const scene = await open();
      const unknown = makeSubscription(scene.projectId);
      expect(await scene.store.leaseDeliveries(leaseRequest(scene, { from: unknown }))).toEqual({
        outcome: "not_found",
      });
    });

    test("leases out when a subscription is paused stay valid, and a resume hands out the rest", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await recordMany(scene, 2, { to: [inbox] });
      const held = await leaseOne(scene, { from: inbox });
      await change(scene, inbox.id, { state: "paused" });
      expect(await settle(scene, held, { verb: { kind: "acknowledge" } })).toBe("settled");
      await change(scene, inbox.id, { state: "active" });
      expect(await lease(scene, { from: inbox })).toHaveLength(1);
    });

    test("a deleted event is handed out no more", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const [gone, kept] = await recordMany(scene, 2, { to: [inbox] });
      await scene.store.deleteEvent(scene.projectId, gone ?? "", T0);
      const taken = [...(await lease(scene, { from: inbox })), ...(await lease(scene, { from: inbox }))];
      expect(eventIds(taken)).toEqual([kept]);
    });

    test("a delivery past its last date is not handed out, and nothing waits for it", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox], event: { expiresAt: T0 + SECOND } });
      const leasing = { from: inbox, now: T0 + SECOND };
      expect(await lease(scene, leasing)).toEqual([]);
      expect(await emptyLease(scene, leasing)).toBeNull();
    });

    test("while an ordered subscription catches up, events accepted later wait", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, { ordered: true, catchUpTo: T0 + 5 });
      const { id: earlier } = await record(scene, { to: [inbox], event: { at: T0 + 5 } });
      const { id: later } = await record(scene, { to: [inbox], key: "k", event: { at: T0 + 6 } });
      expect(eventIds(await lease(scene, { from: inbox }))).toEqual([earlier]);
      await change(scene, inbox.id, { catchUpTo: null });
      expect(eventIds(await lease(scene, { from: inbox }))).toEqual([later]);
    });

    test("an unordered subscription that catches up hands out everything", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, { catchUpTo: T0 });
      await record(scene, { to: [inbox], event: { at: T0 + 1 } });
      expect(await lease(scene, { from: inbox })).toHaveLength(1);
    });

    test("a push loop leases only with the present fence of the subscription's own shard", async () => {
      const scene = await open();
      const { store } = scene;
      const webhook = await subscribe(scene, { channel: "webhook", endpointShard: 7 });
      await record(scene, { to: [webhook] });
      const claim = { want: 256, now: T0, until: T0 + 10 * SECOND };
      const shards = await store.claimShards({ ...claim, ownerId: "loop" });
      const own = shards.find(({ shard }) => shard === 7) ?? { shard: 7, fence: -1, until: 0 };
      const other = shards.find(({ shard }) => shard === 8) ?? null;
      const outcomeFor = async (owner: { shard: number; fence: number } | null, now = T0 + SECOND) =>
        (await store.leaseDeliveries(leaseRequest(scene, { from: webhook, owner, now }))).outcome;
      expect(await outcomeFor({ ...own, fence: own.fence + 1 })).toBe("not_owner");
      expect(await outcomeFor(other)).toBe("not_owner");
      expect(await outcomeFor(own, own.until)).toBe("not_owner");
      expect(await outcomeFor(own)).toBe("leased");
      await store.claimShards({ ...claim, ownerId: "next", now: own.until, until: own.until + DAY });
      expect(await outcomeFor(own)).toBe("not_owner");
    });

    test("a lease of an unknown project finds nothing", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox] });
      const other = await addProject(scene.store);
      for (const projectId of [other.projectId, idAt(T0)])
        expect(
          await scene.store.leaseDeliveries(leaseRequest({ ...scene, projectId }, { from: inbox })),
        ).toEqual({
          outcome: "not_found",
        });
    });
  });
}

async function emptyLease(scene: Scene, leasing: Parameters<typeof leaseRequest>[1]): Promise<number | null> {
  const outcome = await scene.store.leaseDeliveries(leaseRequest(scene, leasing));
  expect(outcome).toMatchObject({ outcome: "leased", deliveries: [], died: [] });
  return outcome.outcome === "leased" ? outcome.nextDueAt : Number.NaN;
}
