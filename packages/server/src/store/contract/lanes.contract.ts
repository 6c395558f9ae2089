import { describe, expect, test } from "vitest";
import type { Delivery } from "../../domain/delivery.ts";
import type { Subscription } from "../../domain/subscription.ts";
import { DAY, idAt, makeEvent, makeRecord, planFor, SECOND, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  BURY,
  change,
  eventIds,
  type keyOf,
  lease,
  leaseOne,
  liveKey,
  type OpenScene,
  record,
  recordMany,
  releaseAt,
  type Scene,
  settle,
  stateOf,
  subscribe,
  view,
} from "./scene.ts";
import type { Terms } from "./terms.ts";

const NOW = T0 + 5 * SECOND;

export function describeLanes(open: OpenScene, { forgetsKeysItself }: Terms): void {
  /** An ordered inbox with so many events of one key, oldest first. */
  const lined = async (count: number, fields: Partial<Subscription> = {}) => {
    const scene = await open();
    const inbox = await subscribe(scene, { ordered: true, ...fields });
    const ids = await recordMany(scene, count, { to: [inbox], key: "k" });
    return { scene, inbox, ids, keys: ids.map((id) => liveKey(id, inbox)) };
  };

  describe("lanes", () => {
    test("deliveries of one key go out one at a time, in the order of acceptance", async () => {
      const { scene, inbox, ids } = await lined(3);
      const taken: Delivery[] = [];
      for (let round = 0; round < 3; round++) {
        const deliveries = await lease(scene, { from: inbox });
        expect(deliveries).toHaveLength(1);
        expect(await lease(scene, { from: inbox })).toEqual([]);
        taken.push(...deliveries);
        for (const delivery of deliveries) await settle(scene, delivery, { verb: ACKNOWLEDGE });
      }
      expect(eventIds(taken)).toEqual(ids);
    });

    test("lanes run beside one another", async () => {
      const { scene, inbox, ids } = await lined(2);
      const other = await recordMany(scene, 2, { to: [inbox], key: "other" });
      const taken = eventIds(await lease(scene, { from: inbox }));
      expect(taken.toSorted()).toEqual([ids[0], other[0]].toSorted());
    });

    test("events without a key are in no lane of an ordered subscription", async () => {
      const { scene, inbox, ids } = await lined(1);
      const plain = await recordMany(scene, 3, { to: [inbox] });
      const taken = await lease(scene, { from: inbox });
      expect(eventIds(taken).toSorted()).toEqual([...ids, ...plain].toSorted());
      expect(taken.filter(({ lane }) => lane === null)).toHaveLength(3);
    });

    test("a key makes no lane in a subscription that is not ordered", async () => {
      const { scene, inbox } = await lined(3, { ordered: false });
      const taken = await lease(scene, { from: inbox });
      expect(taken.map(({ lane }) => lane)).toEqual([null, null, null]);
    });

    test("a delayed head holds its lane", async () => {
      const { scene, inbox, ids } = await lined(2);
      const dueAt = T0 + 60 * SECOND;
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: releaseAt(dueAt) });
      expect(await lease(scene, { from: inbox, now: dueAt - 1 })).toEqual([]);
      expect(eventIds(await lease(scene, { from: inbox, now: dueAt }))).toEqual([ids[0]]);
    });

    test("a head whose lease is past its end is taken over, never passed", async () => {
      const { scene, inbox, ids } = await lined(2);
      await leaseOne(scene, { from: inbox, until: NOW });
      expect(await leaseOne(scene, { from: inbox, now: NOW })).toMatchObject({
        eventId: ids[0],
        takeovers: 1,
      });
    });

    test("the rank of its head is the rank of a lane", async () => {
      const { scene, inbox, ids } = await lined(1);
      const [high] = await recordMany(scene, 1, { to: [inbox], key: "k", event: { priority: "high" } });
      const [other] = await recordMany(scene, 1, { to: [inbox], key: "o", event: { priority: "high" } });
      const first = await leaseOne(scene, { from: inbox });
      const second = await leaseOne(scene, { from: inbox });
      await settle(scene, second, { verb: ACKNOWLEDGE });
      const third = await leaseOne(scene, { from: inbox });
      expect(eventIds([first, second, third])).toEqual([other, ids[0], high]);
    });

    test("those behind the head are shown as blocked, and listed as pending", async () => {
      const { scene, inbox, keys } = await lined(3);
      const blocked = async () => {
        const views = await Promise.all(keys.map((key) => view(scene, key)));
        return views.map(({ isBlocked }) => isBlocked);
      };
      expect(await blocked()).toEqual([false, true, true]);
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE });
      expect(await blocked()).toEqual([false, false, true]);
      const list = { projectId: scene.projectId, subscriptionId: inbox.id, eventId: null, after: null };
      const page = await scene.store.listDeliveries({
        ...list,
        state: "pending",
        createdFrom: null,
        createdTo: null,
        limit: 10,
        now: NOW,
      });
      expect(page.views.map(({ isBlocked }) => isBlocked)).toEqual([false, true]);
    });

    test("what waits shows the head alone", async () => {
      const { scene, inbox, ids } = await lined(3);
      const request = {
        projectId: scene.projectId,
        subscriptionId: inbox.id,
        now: NOW,
        after: null,
        limit: 10,
      };
      expect(eventIds(await scene.store.listWaiting(request))).toEqual([ids[0]]);
      await leaseOne(scene, { from: inbox });
      expect(await scene.store.listWaiting(request)).toEqual([]);
    });

    test("with park a dead head holds its lane until it is redriven, in its old place", async () => {
      const { scene, inbox, keys, ids } = await lined(2);
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: BURY });
      expect(await lease(scene, { from: inbox, now: NOW })).toEqual([]);
      expect(await redrive(scene, keys[0])).toBe("redriven");
      const first = await leaseOne(scene, { from: inbox, now: NOW });
      await settle(scene, first, { verb: ACKNOWLEDGE });
      const second = await leaseOne(scene, { from: inbox, now: NOW });
      expect(eventIds([first, second])).toEqual(ids);
    });

    test("with park a cancel of the dead head frees its lane", async () => {
      const { scene, inbox, keys, ids } = await lined(2);
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: BURY });
      expect(await cancel(scene, keys[0])).toBe("cancelled");
      expect(eventIds(await lease(scene, { from: inbox }))).toEqual([ids[1]]);
    });

    test("with skip a dead head lets its lane go on, and redriven it goes to the end", async () => {
      const { scene, inbox, keys, ids } = await lined(3, { onDead: "skip" });
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: BURY });
      expect(await redrive(scene, keys[0])).toBe("redriven");
      const later = await recordMany(scene, 1, { to: [inbox], key: "k" });
      expect(eventIds(await drain(scene, inbox))).toEqual([ids[1], ids[2], ids[0], ...later]);
    });

    test("a head found with no attempt left lets its lane go on with skip", async () => {
      const { scene, inbox, ids } = await lined(2, { onDead: "skip", maxAttempts: 1 });
      await leaseOne(scene, { from: inbox, until: NOW });
      const taken = [
        ...(await lease(scene, { from: inbox, now: NOW })),
        ...(await lease(scene, { from: inbox, now: NOW })),
      ];
      expect(eventIds(taken)).toEqual([ids[1]]);
    });

    test("the sweep of used-up deliveries moves a lane on", async () => {
      const { scene, inbox, ids } = await lined(2, { onDead: "skip", maxAttempts: 1 });
      await leaseOne(scene, { from: inbox, until: NOW });
      await scene.store.exhaustDeliveries({ now: NOW, limit: 10 });
      expect(eventIds(await lease(scene, { from: inbox, now: NOW }))).toEqual([ids[1]]);
    });

    test("a cancel of the head hands the lane to the next, one of a blocked delivery leaves it be", async () => {
      const { scene, inbox, keys, ids } = await lined(4);
      expect(await cancel(scene, keys[2])).toBe("cancelled");
      expect(await cancel(scene, keys[0])).toBe("cancelled");
      expect(eventIds(await drain(scene, inbox))).toEqual([ids[1], ids[3]]);
    });

    test("an acknowledge without a lease settles a blocked delivery and keeps the order of the rest", async () => {
      const { scene, inbox, ids } = await lined(3);
      const request = { projectId: scene.projectId, subscriptionId: inbox.id, now: NOW };
      for (const eventId of [ids[1] ?? "", ids[0] ?? ""])
        expect(await scene.store.acknowledgeUnheld({ ...request, eventId })).toBe("acknowledged");
      expect(eventIds(await drain(scene, inbox))).toEqual([ids[2]]);
    });

    test.each(["waiting", "leased"])("the delete of a %s head's event frees its lane", async (what) => {
      const { scene, inbox, ids } = await lined(2);
      if (what === "leased") await leaseOne(scene, { from: inbox });
      await scene.store.deleteEvent(scene.projectId, ids[0] ?? "", T0);
      const taken = [...(await lease(scene, { from: inbox })), ...(await lease(scene, { from: inbox }))];
      expect(eventIds(taken)).toEqual([ids[1]]);
    });

    test("a head past its last date lets its lane go on", async () => {
      const { scene, inbox } = await lined(0);
      await record(scene, { to: [inbox], key: "k", event: { expiresAt: NOW } });
      const { id } = await record(scene, { to: [inbox], key: "k" });
      const taken = [
        ...(await lease(scene, { from: inbox, now: NOW })),
        ...(await lease(scene, { from: inbox, now: NOW })),
      ];
      expect(eventIds(taken)).toEqual([id]);
    });

    test("the close of a subscription frees all its lanes", async () => {
      const { scene, inbox } = await lined(3);
      const command = { kind: "drop_subscription" } as const;
      const request = { projectId: scene.projectId, subscriptionId: inbox.id, command, limit: 10, now: NOW };
      expect(await scene.store.closeDeliveries(request)).toBe(3);
      expect(await lanes(scene, inbox)).toEqual([]);
    });

    test("a closed lane whose head is parked is closed as a whole", async () => {
      const { scene, inbox, keys } = await lined(3);
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: BURY });
      const command = { kind: "give_up", reason: "gone" } as const;
      const request = { projectId: scene.projectId, subscriptionId: inbox.id, command, limit: 10, now: NOW };
      expect(await scene.store.closeDeliveries(request)).toBe(2);
      expect(await Promise.all(keys.map((key) => stateOf(scene, key)))).toEqual(["dead", "dead", "dead"]);
    });

    test("a lane reads as its head, when that may go out, and who holds it", async () => {
      const { scene, inbox, keys } = await lined(2);
      const readLane = () => scene.store.readLane(scene.projectId, inbox.id, "k");
      expect(await readLane()).toEqual({ key: "k", head: 1, dueAt: T0, holder: null });
      const held = await leaseOne(scene, { from: inbox, until: NOW });
      expect(await readLane()).toEqual({ key: "k", head: 1, dueAt: NOW, holder: held.leaseToken });
      await settle(scene, held, { verb: BURY });
      expect(await readLane()).toEqual({ key: "k", head: 1, dueAt: null, holder: null });
      await cancel(scene, keys[0]);
      expect(await readLane()).toMatchObject({ head: 2, dueAt: T0 });
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE });
      expect(await readLane()).toBeNull();
    });

    test("lanes are listed by key, page by page", async () => {
      const { scene, inbox } = await lined(1);
      for (const key of ["c", "a", "b"]) await record(scene, { to: [inbox], key });
      const request = { projectId: scene.projectId, subscriptionId: inbox.id, limit: 3 };
      const first = await scene.store.listLanes({ ...request, afterKey: null });
      const second = await scene.store.listLanes({ ...request, afterKey: "c" });
      expect([first, second].map((page) => page.map(({ key }) => key))).toEqual([["a", "b", "c"], ["k"]]);
    });

    test("positions of a key rise over all subscriptions, and are those of its lanes", async () => {
      const { scene, inbox, keys } = await lined(2);
      const other = await subscribe(scene, { ordered: true, onDead: "skip" });
      const { id } = await record(scene, { to: [other, inbox], key: "k" });
      const lanePlaces = await Promise.all(
        [...keys, liveKey(id, inbox), liveKey(id, other)].map(
          async (key) => (await view(scene, key)).delivery.lane,
        ),
      );
      expect(lanePlaces.map((lane) => lane?.position)).toEqual([1, 2, 3, 3]);
      expect(lanePlaces.map((lane) => lane?.parks)).toEqual([true, true, true, false]);
    });

    test("a back-filled earlier event goes before later ones, but not while one of them is out", async () => {
      const { scene, inbox, ids } = await lined(0);
      const { id: earlier } = await record(scene, { to: [], key: "k" });
      ids.push(...(await recordMany(scene, 2, { to: [inbox], key: "k" })));
      const out = await leaseOne(scene, { from: inbox });
      expect(await add(scene, { ...liveKey(earlier, inbox), takesNewPosition: false })).toBe(1);
      expect(await lease(scene, { from: inbox })).toEqual([]);
      await settle(scene, out, { verb: releaseAt(T0) });
      expect(eventIds(await drain(scene, inbox))).toEqual([earlier, ...ids]);
    });

    test("a replay goes to the end of its key", async () => {
      const { scene, inbox, ids } = await lined(2);
      const replay = { ...liveKey(ids[0] ?? "", inbox), cause: idAt(T0) };
      await add(scene, { ...replay, takesNewPosition: true });
      const later = await recordMany(scene, 1, { to: [inbox], key: "k" });
      const taken = await drain(scene, inbox);
      expect(eventIds(taken)).toEqual([...ids, ids[0], ...later]);
      expect(taken[2]?.cause).toBe(replay.cause);
    });

    test("after a redrive of everything a lane is still in order", async () => {
      const { scene, inbox, keys, ids } = await lined(3);
      const command = { kind: "give_up", reason: "expired" } as const;
      const request = { projectId: scene.projectId, subscriptionId: inbox.id, command, limit: 10, now: NOW };
      await scene.store.closeDeliveries(request);
      for (const key of keys.toReversed()) expect(await redrive(scene, key)).toBe("redriven");
      expect(eventIds(await drain(scene, inbox))).toEqual(ids);
    });

    test("a lane comes back whole after a pause", async () => {
      const { scene, inbox, ids } = await lined(2);
      const held = await leaseOne(scene, { from: inbox });
      await change(scene, inbox.id, { state: "paused" });
      expect(await settle(scene, held, { verb: ACKNOWLEDGE })).toBe("settled");
      await change(scene, inbox.id, { state: "active" });
      expect(eventIds(await drain(scene, inbox))).toEqual([ids[1]]);
    });

    test("order holds while events of a key are recorded and taken at the same time", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, { ordered: true });
      let isRecorded = false;
      const recordAll = async () => {
        const events = Array.from({ length: 30 }, () =>
          makeEvent(scene.projectId, { orderingKeyIndex: "k" }),
        );
        const records = events.map((event) => makeRecord(event, { plan: planFor(inbox) }));
        await Promise.all(records.map((one) => scene.store.recordEvents([one])));
        isRecorded = true;
      };
      const taken: Delivery[] = [];
      const consume = async () => {
        while (!isRecorded || (await lanes(scene, inbox)).length > 0)
          for (const delivery of await lease(scene, { from: inbox, now: NOW })) {
            taken.push(delivery);
            await settle(scene, delivery, { verb: ACKNOWLEDGE, now: NOW });
          }
      };
      await Promise.all([recordAll(), consume(), consume(), consume()]);
      expect(taken.map(({ lane }) => lane?.position)).toEqual(
        Array.from({ length: 30 }, (_, index) => index + 1),
      );
    });

    test("an ordering key that was long unused is forgotten and starts again", async () => {
      const { scene, inbox } = await lined(2);
      await drain(scene, inbox);
      const request = { now: T0, keysUnusedSince: T0, limit: 10 };
      expect(await scene.store.expireKeys(request)).toBe(0);
      const forgotten = forgetsKeysItself ? 0 : 1;
      expect(await scene.store.expireKeys({ ...request, keysUnusedSince: T0 + 1 })).toBe(forgotten);
      const { id } = await record(scene, { to: [inbox], key: "k" });
      expect((await view(scene, liveKey(id, inbox))).delivery.lane?.position).toBe(forgotten === 1 ? 1 : 3);
    });
  });
}

/** Leases and acknowledges one after the other until nothing is left. */
async function drain(scene: Scene, inbox: Subscription): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  for (;;) {
    const deliveries = await lease(scene, { from: inbox, now: NOW + DAY, limit: 1 });
    if (deliveries.length === 0) return taken;
    for (const delivery of deliveries) {
      await settle(scene, delivery, { verb: ACKNOWLEDGE, now: NOW + DAY });
      taken.push(delivery);
    }
  }
}

type Key = ReturnType<typeof keyOf> | undefined;

async function redrive({ store, projectId }: Scene, key: Key): Promise<string> {
  if (key === undefined) throw new Error("no key");
  return (await store.redriveDelivery({ projectId, key, now: NOW })).outcome;
}

async function cancel({ store, projectId }: Scene, key: Key): Promise<string> {
  if (key === undefined) throw new Error("no key");
  return (await store.cancelDelivery({ projectId, key, reason: null, now: NOW })).outcome;
}

function add({ store, projectId }: Scene, key: NonNullable<Key> & { takesNewPosition: boolean }) {
  const added = { ...key, dueAt: T0, ordered: true, parks: true };
  return store.addDeliveries({ projectId, deliveries: [added], now: NOW });
}

async function lanes({ store, projectId }: Scene, { id }: Subscription) {
  return store.listLanes({ projectId, subscriptionId: id, afterKey: null, limit: 10 });
}
