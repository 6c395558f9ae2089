import { describe, expect, test } from "vitest";
import { DAY, idAt, SECOND, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  BURY,
  change,
  keyOf,
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

const NOW = T0 + 5 * SECOND;

export function describeDeliveries(open: OpenScene): void {
  const waiting = async (fields: Parameters<typeof subscribe>[1] = {}) => {
    const scene = await open();
    const inbox = await subscribe(scene, fields);
    const { id: eventId } = await record(scene, { to: [inbox] });
    return { scene, inbox, key: liveKey(eventId, inbox) };
  };
  const dead = async (fields: Parameters<typeof subscribe>[1] = {}) => {
    const made = await waiting(fields);
    await settle(made.scene, await leaseOne(made.scene, { from: made.inbox }), { verb: BURY });
    return made;
  };

  describe("an acknowledge without a lease", () => {
    test("settles what waits", async () => {
      const { scene, inbox, key } = await waiting();
      expect(await acknowledgeUnheld(scene, key)).toBe("acknowledged");
      expect((await view(scene, key)).delivery).toMatchObject({
        state: "acknowledged",
        settledAt: NOW,
        attempt: 0,
      });
      expect(await acknowledgeUnheld(scene, key)).toBe("already_acknowledged");
      expect(await lease(scene, { from: inbox })).toEqual([]);
    });

    test("leaves what somebody holds, until the lease is past its end", async () => {
      const { scene, inbox, key } = await waiting();
      const held = await leaseOne(scene, { from: inbox, until: NOW + 1 });
      expect(await acknowledgeUnheld(scene, key)).toBe("held");
      expect(await acknowledgeUnheld(scene, key, NOW + 1)).toBe("acknowledged");
      expect(await settle(scene, held, { verb: ACKNOWLEDGE })).toBe("lease_lost");
    });

    test("says that a dead one is dead", async () => {
      const { scene, key } = await dead();
      expect(await acknowledgeUnheld(scene, key)).toBe("dead");
    });

    test("finds neither cancelled ones, nor other inboxes, nor events that are gone", async () => {
      const { scene, inbox, key } = await waiting();
      const other = await subscribe(scene);
      expect(await acknowledgeUnheld(scene, { ...key, subscriptionId: other.id })).toBe("not_found");
      await cancel(scene, key);
      expect(await acknowledgeUnheld(scene, key)).toBe("not_found");
      const second = await record(scene, { to: [inbox], event: { expiresAt: NOW } });
      expect(await acknowledgeUnheld(scene, liveKey(second.id, inbox))).toBe("not_found");
      const third = await record(scene, { to: [inbox] });
      await scene.store.deleteEvent(scene.projectId, third.id, T0);
      expect(await acknowledgeUnheld(scene, liveKey(third.id, inbox))).toBe("not_found");
    });

    test("settles every open delivery of the event in that inbox, replays too", async () => {
      const { scene, inbox, key } = await waiting();
      const replay = { ...key, cause: idAt(T0) };
      await addPlain(scene, replay);
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE });
      expect(await acknowledgeUnheld(scene, key)).toBe("acknowledged");
      expect([await stateOf(scene, key), await stateOf(scene, replay)]).toEqual([
        "acknowledged",
        "acknowledged",
      ]);
    });
  });

  describe("a cancel", () => {
    test("ends what is pending or dead, with its reason", async () => {
      const pending = await waiting();
      const given = await dead();
      for (const { scene, inbox, key } of [pending, given]) {
        expect(await cancel(scene, key)).toMatchObject({
          outcome: "cancelled",
          delivery: { ...key, state: "cancelled", stateReason: "no longer needed", settledAt: NOW },
        });
        expect(await lease(scene, { from: inbox, now: T0 + DAY })).toEqual([]);
      }
    });

    test("is refused for what is leased or settled", async () => {
      const { scene, inbox, key } = await waiting();
      const held = await leaseOne(scene, { from: inbox });
      expect(await cancel(scene, key)).toEqual({ outcome: "refused" });
      await settle(scene, held, { verb: ACKNOWLEDGE });
      expect(await cancel(scene, key)).toEqual({ outcome: "refused" });
      expect(await stateOf(scene, key)).toBe("acknowledged");
    });

    test("finds nothing where there is no delivery, or its event is gone", async () => {
      const { scene, key } = await waiting();
      expect(await cancel(scene, { ...key, eventId: idAt(T0) })).toEqual({ outcome: "not_found" });
      await scene.store.deleteEvent(scene.projectId, key.eventId, T0);
      expect(await cancel(scene, key)).toEqual({ outcome: "not_found" });
    });
  });

  describe("a redrive", () => {
    test("makes a dead delivery pending at once, with all its attempts anew and no take-overs", async () => {
      const { scene, inbox, key } = await waiting({ maxAttempts: 2 });
      await leaseOne(scene, { from: inbox, until: NOW - 1 });
      await settle(scene, await leaseOne(scene, { from: inbox, now: NOW - 1 }), { verb: BURY });
      expect((await view(scene, key)).delivery).toMatchObject({ state: "dead", takeovers: 1 });
      expect(await redrive(scene, key)).toMatchObject({
        outcome: "redriven",
        delivery: {
          ...key,
          state: "pending",
          stateReason: null,
          dueAt: NOW,
          attempt: 2,
          attemptBase: 2,
          takeovers: 0,
          leaseToken: null,
          leasedAt: null,
          settledAt: null,
        },
      });
      const again = await leaseOne(scene, { from: inbox, now: NOW, until: NOW + 1 });
      expect(again).toMatchObject({ attempt: 3, takeovers: 0 });
      const last = await leaseOne(scene, { from: inbox, now: NOW + 1 });
      expect(await settle(scene, last, { verb: ACKNOWLEDGE })).toBe("settled");
    });

    test("is refused for what is not dead", async () => {
      const { scene, inbox, key } = await waiting();
      expect(await redrive(scene, key)).toEqual({ outcome: "refused" });
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE });
      expect(await redrive(scene, key)).toEqual({ outcome: "refused" });
    });

    test.each(["ended", "deleted"] as const)("is refused in a subscription that is %s", async (state) => {
      const { scene, inbox, key } = await dead();
      await change(scene, inbox.id, { state });
      expect(await redrive(scene, key)).toEqual({ outcome: "refused" });
      expect(await stateOf(scene, key)).toBe("dead");
    });

    test("finds nothing where there is no delivery, or its event is gone", async () => {
      const { scene, key } = await dead();
      expect(await redrive(scene, { ...key, cause: idAt(T0) })).toEqual({ outcome: "not_found" });
      await scene.store.deleteEvent(scene.projectId, key.eventId, T0);
      expect(await redrive(scene, key)).toEqual({ outcome: "not_found" });
    });
  });

  describe("deliveries added later", () => {
    test("a replay stands beside the live delivery and goes out by itself", async () => {
      const { scene, inbox, key } = await waiting();
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE });
      const replay = { ...key, cause: idAt(T0) };
      expect(await addPlain(scene, replay)).toBe(1);
      const held = await leaseOne(scene, { from: inbox, now: NOW });
      expect(held).toMatchObject({ ...replay, attempt: 1, createdAt: NOW, bytes: 100 });
      expect(await stateOf(scene, key)).toBe("acknowledged");
    });

    test("only absent ones are inserted, and counted", async () => {
      const { scene, key } = await waiting();
      const replay = { ...key, cause: idAt(T0) };
      expect(await addPlain(scene, key, replay, replay)).toBe(1);
      expect(await addPlain(scene, key, replay)).toBe(0);
      expect(await scene.store.readDeliveriesOfEvents(scene.projectId, [key.eventId])).toHaveLength(2);
    });

    test("there are none for events that are gone or subscriptions that ended or were deleted", async () => {
      const { scene, inbox, key } = await waiting();
      const cause = idAt(T0);
      const { id: deleted } = await record(scene, { to: [] });
      await scene.store.deleteEvent(scene.projectId, deleted, T0);
      const { id: old } = await record(scene, { to: [], event: { expiresAt: NOW } });
      const ended = await subscribe(scene, { state: "ended" });
      const over = await subscribe(scene, { expiresAt: NOW });
      const gone = await subscribe(scene, { state: "deleted" });
      const keys = [
        ...[deleted, old, idAt(T0)].map((eventId) => ({ ...liveKey(eventId, inbox), cause })),
        ...[ended.id, over.id, gone.id, idAt(T0)].map((id) => ({ ...key, subscriptionId: id, cause })),
      ];
      expect(await addPlain(scene, ...keys)).toBe(0);
    });
  });

  describe("the close of a subscription's deliveries", () => {
    test.each([
      [{ kind: "drop_subscription" } as const, "cancelled", "subscription_deleted"],
      [{ kind: "give_up", reason: "gone" } as const, "dead", "gone"],
      [{ kind: "give_up", reason: "expired" } as const, "dead", "expired"],
    ])("$0.kind settles all open ones in steps, also leased ones", async (command, state, stateReason) => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const other = await subscribe(scene);
      const ids = await recordMany(scene, 5, { to: [inbox, other] });
      const [done, held] = await lease(scene, { from: inbox, limit: 2 });
      if (done === undefined || held === undefined) throw new Error("nothing was leased");
      await settle(scene, done, { verb: ACKNOWLEDGE });
      const request = { projectId: scene.projectId, subscriptionId: inbox.id, command, now: NOW, limit: 3 };
      expect(await scene.store.closeDeliveries(request)).toBe(3);
      expect(await scene.store.closeDeliveries(request)).toBe(1);
      expect(await scene.store.closeDeliveries(request)).toBe(0);
      for (const id of ids.filter((eventId) => eventId !== done.eventId))
        expect((await view(scene, liveKey(id, inbox))).delivery).toMatchObject({
          state,
          stateReason,
          settledAt: NOW,
        });
      expect(await stateOf(scene, keyOf(done))).toBe("acknowledged");
      expect(await settle(scene, held, { verb: ACKNOWLEDGE })).toBe("lease_lost");
      expect(await lease(scene, { from: other })).toHaveLength(5);
    });

    test("a token that is out settles until its delivery is closed", async () => {
      const { scene, inbox } = await waiting();
      const held = await leaseOne(scene, { from: inbox });
      await change(scene, inbox.id, { state: "deleted" });
      expect(await settle(scene, held, { verb: ACKNOWLEDGE })).toBe("settled");
    });
  });

  describe("the sweep of used-up deliveries", () => {
    test("buries leases past their end with no attempt left, in any project and in steps", async () => {
      const { scene, inbox, key } = await waiting({ maxAttempts: 1 });
      await leaseOne(scene, { from: inbox, until: NOW });
      await record(scene, { to: [inbox] });
      await leaseOne(scene, { from: inbox, until: NOW });
      const { id } = await record(scene, { to: [inbox] });
      await leaseOne(scene, { from: inbox, until: NOW + 1 });
      const lasting = await subscribe(scene, { maxAttempts: 2 });
      await record(scene, { to: [lasting] });
      await leaseOne(scene, { from: lasting, until: NOW });
      const sweep = () => scene.store.exhaustDeliveries({ now: NOW, limit: 1 });
      const buried = [...(await sweep()), ...(await sweep())];
      expect(buried.map(({ eventId }) => eventId)).toContain(key.eventId);
      const died = { state: "dead", stateReason: "attempts_exhausted", settledAt: NOW };
      expect(buried).toMatchObject([died, died]);
      expect(await sweep()).toEqual([]);
      expect(await stateOf(scene, liveKey(id, inbox))).toBe("leased");
    });

    test("leaves a push whose attempts were used up by no lease", async () => {
      const { scene, inbox } = await waiting({ channel: "webhook", endpointShard: 1, maxAttempts: 1 });
      await leaseOne(scene, { from: inbox, until: NOW });
      expect(await scene.store.exhaustDeliveries({ now: NOW, limit: 10 })).toEqual([]);
    });
  });

  test("a drop removes only deliveries whose event is gone", async () => {
    const { scene, inbox, key } = await waiting();
    const { id } = await record(scene, { to: [inbox], event: { expiresAt: NOW } });
    await scene.store.dropDeliveries(scene.projectId, [key, liveKey(id, inbox)], NOW);
    expect(await stateOf(scene, key)).toBe("pending");
    expect(await scene.store.readDelivery(scene.projectId, liveKey(id, inbox))).toBeNull();
  });

  test("a delivery released again and again dies with its last attempt", async () => {
    const { scene, inbox, key } = await waiting({ maxAttempts: 3 });
    for (let attempt = 1; attempt <= 3; attempt++)
      await settle(scene, await leaseOne(scene, { from: inbox }), {
        verb: releaseAt(T0, { maxAttempts: 3 }),
      });
    expect((await view(scene, key)).delivery).toMatchObject({
      state: "dead",
      stateReason: "attempts_exhausted",
      attempt: 3,
    });
  });
}

type Key = ReturnType<typeof keyOf>;

function acknowledgeUnheld({ store, projectId }: Scene, { eventId, subscriptionId }: Key, now = NOW) {
  return store.acknowledgeUnheld({ projectId, eventId, subscriptionId, now });
}

function cancel({ store, projectId }: Scene, key: Key) {
  return store.cancelDelivery({ projectId, key, reason: "no longer needed", now: NOW });
}

function redrive({ store, projectId }: Scene, key: Key) {
  return store.redriveDelivery({ projectId, key, now: NOW });
}

function addPlain({ store, projectId }: Scene, ...keys: readonly Key[]) {
  const plain = { dueAt: NOW, ordered: false, parks: false, takesNewPosition: true };
  return store.addDeliveries({ projectId, now: NOW, deliveries: keys.map((key) => ({ ...key, ...plain })) });
}
