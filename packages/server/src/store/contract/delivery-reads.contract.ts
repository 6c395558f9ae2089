import { describe, expect, test } from "vitest";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { DeliveryListRequest, WaitingRequest } from "../delivery-store.ts";
import { idAt, SECOND, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  BURY,
  change,
  eventIds,
  lease,
  leaseOne,
  liveKey,
  type OpenScene,
  record,
  recordMany,
  type Scene,
  settle,
  subscribe,
} from "./scene.ts";

const NOW = T0 + SECOND;

export function describeDeliveryReads(open: OpenScene): void {
  describe("reads of deliveries", () => {
    test("an unknown delivery reads as nothing, and has no attempts", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id } = await record(scene, { to: [inbox] });
      for (const key of [liveKey(idAt(T0), inbox), { ...liveKey(id, inbox), cause: idAt(T0) }]) {
        expect(await scene.store.readDelivery(scene.projectId, key)).toBeNull();
        expect(await scene.store.readAttempts(scene.projectId, key)).toEqual([]);
      }
    });

    test("pages of the list follow one another in the order of acceptance and repeat nothing", async () => {
      const scene = await open();
      const one = await subscribe(scene);
      const other = await subscribe(scene);
      const expected: string[] = [];
      for (const at of [T0, T0 + 1, T0 + 2]) {
        const { id } = await record(scene, { to: [other, one], event: { at } });
        expected.push(`${id} ${one.id}`, `${id} ${other.id}`);
      }
      for (const limit of [1, 2, 4, 10]) expect(await listAll(scene, { limit })).toEqual(expected);
    });

    test("the list is narrowed to a subscription, an event, a state or a time", async () => {
      const scene = await open();
      const one = await subscribe(scene);
      const other = await subscribe(scene);
      const { id: first } = await record(scene, { to: [one, other], event: { at: T0 } });
      await settle(scene, await leaseOne(scene, { from: one }), { verb: BURY });
      const { id: second } = await record(scene, { to: [one, other], event: { at: T0 + 10 } });
      const list = (fields: Partial<DeliveryListRequest>) => listAll(scene, fields);
      expect(await list({ subscriptionId: other.id })).toEqual([
        `${first} ${other.id}`,
        `${second} ${other.id}`,
      ]);
      expect(await list({ eventId: second })).toEqual([`${second} ${one.id}`, `${second} ${other.id}`]);
      expect(await list({ eventId: second, subscriptionId: one.id })).toEqual([`${second} ${one.id}`]);
      expect(await list({ state: "dead" })).toEqual([`${first} ${one.id}`]);
      expect(await list({ state: "pending", subscriptionId: one.id })).toEqual([`${second} ${one.id}`]);
      expect(await list({ createdFrom: T0 + 10 })).toHaveLength(2);
      expect(await list({ createdFrom: T0, createdTo: T0 + 10 })).toEqual([
        `${first} ${one.id}`,
        `${first} ${other.id}`,
      ]);
    });

    test("the list leaves out what is past its last date", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox], event: { expiresAt: NOW } });
      expect(await listAll(scene, { now: NOW - 1 })).toHaveLength(1);
      expect(await listAll(scene, { now: NOW })).toEqual([]);
    });

    test("all deliveries of several events are read together", async () => {
      const scene = await open();
      const subscriptions = [await subscribe(scene), await subscribe(scene)];
      const ids = await recordMany(scene, 3, { to: subscriptions });
      const deliveries = await scene.store.readDeliveriesOfEvents(scene.projectId, [
        ...ids.slice(1),
        idAt(T0),
      ]);
      const keys = deliveries.map(({ eventId, subscriptionId }) => `${eventId} ${subscriptionId}`);
      expect(keys.toSorted()).toEqual(
        ids.slice(1).flatMap((id) => subscriptions.map((subscription) => `${id} ${subscription.id}`)),
      );
    });

    test("what waits is what a lease would find, without taking it", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const [held, done] = await recordMany(scene, 2, { to: [inbox] });
      const leased = await lease(scene, { from: inbox });
      await settle(scene, leased[1] ?? leased[0] ?? fail(), { verb: ACKNOWLEDGE });
      const { id: waiting } = await record(scene, { to: [inbox] });
      await record(scene, { to: [inbox], dueAt: NOW + 1 });
      await record(scene, { to: [inbox], event: { expiresAt: NOW } });
      expect(eventIds(await listWaiting(scene, inbox))).toEqual([waiting]);
      expect(eventIds(await lease(scene, { from: inbox }))).toEqual([waiting]);
      expect([held, done]).toContain(leased[0]?.eventId);
    });

    test("a lease past its end waits again", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id } = await record(scene, { to: [inbox] });
      await leaseOne(scene, { from: inbox, until: NOW + 5 });
      expect(await listWaiting(scene, inbox, { now: NOW + 4 })).toEqual([]);
      expect(eventIds(await listWaiting(scene, inbox, { now: NOW + 5 }))).toEqual([id]);
    });

    test("pages of what waits go by due time and repeat nothing", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const expected: string[] = [];
      for (const [index, priority] of (["low", "high", "normal", "low", "high"] as const).entries())
        expected.push((await record(scene, { to: [inbox], dueAt: T0 + index, event: { priority } })).id);
      const seen: string[] = [];
      for (let after: WaitingRequest["after"] = null; ; ) {
        const page = await listWaiting(scene, inbox, { after, limit: 2 });
        const last = page.at(-1);
        if (last === undefined) break;
        seen.push(...eventIds(page));
        after = { dueAt: last.dueAt, key: last };
      }
      expect(seen).toEqual(expected);
    });

    test("nothing waits in a subscription that ended", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox] });
      await change(scene, inbox.id, { state: "ended" });
      expect(await listWaiting(scene, inbox)).toEqual([]);
    });

    test("the next due times of several subscriptions stand in the order asked", async () => {
      const scene = await open();
      const [one, empty, leased] = [await subscribe(scene), await subscribe(scene), await subscribe(scene)];
      await record(scene, { to: [one], dueAt: T0 + 500, event: { priority: "high" } });
      await record(scene, { to: [one], dueAt: T0 + 400 });
      await record(scene, { to: [leased] });
      await leaseOne(scene, { from: leased, until: T0 + 9_000 });
      const subscriptions = [leased, empty, one].map(({ projectId, id }) => ({
        projectId,
        subscriptionId: id,
      }));
      expect(await scene.store.nextDueAt(subscriptions)).toEqual([T0 + 9_000, null, T0 + 400]);
    });

    test("each state of a subscription is counted", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await recordMany(scene, 6, { to: [inbox] });
      const [buried, acknowledged] = await lease(scene, { from: inbox, limit: 3 });
      await settle(scene, buried ?? fail(), { verb: BURY });
      await settle(scene, acknowledged ?? fail(), { verb: ACKNOWLEDGE });
      const counts = await Promise.all(
        (["pending", "leased", "dead"] as const).map((state) =>
          scene.store.countDeliveries(scene.projectId, inbox.id, state),
        ),
      );
      expect(counts).toEqual([3, 1, 1].map((count) => ({ count, more: false })));
    });

    test("counting stops at 10,000", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id } = await record(scene, { to: [] });
      const add = (count: number) => {
        const deliveries = Array.from({ length: count }, () => ({
          ...{ ...liveKey(id, inbox), cause: idAt(T0) },
          ...{ dueAt: T0, ordered: false, parks: false, takesNewPosition: false },
        }));
        return scene.store.addDeliveries({ projectId: scene.projectId, deliveries, now: T0 });
      };
      const count = () => scene.store.countDeliveries(scene.projectId, inbox.id, "pending");
      await add(10_000);
      expect(await count()).toEqual({ count: 10_000, more: false });
      await add(1);
      expect(await count()).toEqual({ count: 10_000, more: true });
    }, 60_000);
  });
}

async function listAll(scene: Scene, fields: Partial<DeliveryListRequest>): Promise<string[]> {
  const seen: string[] = [];
  let after: DeliveryKey | null = null;
  do {
    const page: Awaited<ReturnType<Scene["store"]["listDeliveries"]>> = await scene.store.listDeliveries({
      projectId: scene.projectId,
      subscriptionId: null,
      eventId: null,
      state: null,
      createdFrom: null,
      createdTo: null,
      limit: 50,
      now: NOW,
      ...fields,
      after,
    });
    seen.push(...page.views.map(({ delivery }) => `${delivery.eventId} ${delivery.subscriptionId}`));
    after = page.after;
  } while (after !== null);
  return seen;
}

function listWaiting(scene: Scene, { id }: Subscription, fields: Partial<WaitingRequest> = {}) {
  return scene.store.listWaiting({
    projectId: scene.projectId,
    subscriptionId: id,
    now: NOW,
    after: null,
    limit: 10,
    ...fields,
  });
}

function fail(): never {
  throw new Error("nothing was leased");
}
