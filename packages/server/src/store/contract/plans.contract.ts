import { describe, expect, test } from "vitest";
import type { Subscription } from "../../domain/subscription.ts";
import type { ExpandOutcome } from "../event-store.ts";
import { idAt, makeEvent, makeRecord, planFor, SECOND, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  change,
  eventIds,
  lease,
  liveKey,
  type OpenScene,
  record,
  type Scene,
  settle,
  subscribe,
  view,
} from "./scene.ts";

const NOW = T0 + SECOND;

export function describePlans(open: OpenScene): void {
  const planned = async (count: number, fields: Partial<Subscription> = {}) => {
    const scene = await open();
    const to: Subscription[] = [];
    for (let made = 0; made < count; made++) to.push(await subscribe(scene, fields));
    return { scene, to, ids: to.map(({ id }) => id) };
  };

  describe("plans", () => {
    test("a wide event is stored with its plan and has no deliveries yet", async () => {
      const { scene, to } = await planned(3);
      const event = makeEvent(scene.projectId);
      const outcomes = await scene.store.recordEvents([
        makeRecord(event, { plan: planFor(...to), isWide: true }),
      ]);
      expect(outcomes).toEqual([{ outcome: "created", isPlanned: true }]);
      const [stored] = await scene.store.readEvents(scene.projectId, [event.id], T0);
      expect(stored).toEqual({ ...event, isPlanned: true });
      expect(await scene.store.readDeliveriesOfEvents(scene.projectId, [event.id])).toEqual([]);
      expect(await scene.store.countPlan(scene.projectId, event.id)).toBe(3);
    });

    test("a plan is expanded in steps, in its order, and then it is gone", async () => {
      const { scene, to, ids } = await planned(5);
      const { id } = await record(scene, { to: to.toReversed(), isWide: true, dueAt: T0 + 7 });
      const reversed = ids.toReversed();
      const first = await expand(scene, id, 3);
      expect(first).toEqual({
        outcome: "expanded",
        subscriptionIds: reversed.slice(0, 3),
        isComplete: false,
      });
      expect(await scene.store.countPlan(scene.projectId, id)).toBe(2);
      expect(await expandAll(scene, id)).toEqual(reversed.slice(3));
      expect(await expand(scene, id)).toEqual({ outcome: "no_plan" });
      expect(await scene.store.countPlan(scene.projectId, id)).toBe(0);
      for (const subscription of to)
        expect((await view(scene, liveKey(id, subscription))).delivery).toMatchObject({
          state: "pending",
          dueAt: T0 + 7,
        });
      const [event] = await scene.store.readEvents(scene.projectId, [id], T0);
      expect(event?.isPlanned).toBe(true);
    });

    test("an event with rows, an unknown one and a deleted one have no plan", async () => {
      const { scene, to } = await planned(2);
      const { id: plain } = await record(scene, { to });
      const { id: deleted } = await record(scene, { to, isWide: true });
      await scene.store.deleteEvent(scene.projectId, deleted, T0);
      for (const id of [plain, idAt(T0), deleted])
        expect(await expand(scene, id)).toEqual({ outcome: "no_plan" });
      expect(await scene.store.listPlans(10)).toEqual([]);
      expect(await scene.store.countPlan(scene.projectId, deleted)).toBe(0);
    });

    test("an event past its last date gets no deliveries", async () => {
      const { scene, to } = await planned(1);
      const { id } = await record(scene, { to, isWide: true, event: { expiresAt: NOW } });
      expect(await expand(scene, id)).toEqual({ outcome: "no_plan" });
    });

    test("subscriptions that ended, were deleted or are past their expiry are passed over", async () => {
      const { scene, to, ids } = await planned(5);
      const { id } = await record(scene, { to, isWide: true });
      await change(scene, ids[0] ?? "", { state: "ended" });
      await change(scene, ids[2] ?? "", { state: "deleted" });
      await change(scene, ids[4] ?? "", { expiresAt: NOW });
      await change(scene, ids[3] ?? "", { state: "paused" });
      expect(await expandAll(scene, id)).toEqual([ids[1], ids[3]]);
      expect(await scene.store.readDeliveriesOfEvents(scene.projectId, [id])).toHaveLength(2);
    });

    test("a delivery that is there already is kept as it is", async () => {
      const { scene, to, ids } = await planned(2);
      const { id } = await record(scene, { to, isWide: true });
      const [one] = to;
      if (one === undefined) throw new Error("no subscription");
      const added = { ...liveKey(id, one), dueAt: T0, ordered: false, parks: true, takesNewPosition: false };
      await scene.store.addDeliveries({ projectId: scene.projectId, deliveries: [added], now: T0 });
      const [delivery] = await lease(scene, { from: one });
      expect(await scene.store.countPlan(scene.projectId, id)).toBe(1);
      expect(await expandAll(scene, id)).toEqual([ids[1]]);
      expect((await view(scene, liveKey(id, one))).delivery).toEqual(delivery);
    });

    test("concurrent expansions make each delivery once", async () => {
      const { scene, to, ids } = await planned(12);
      const { id } = await record(scene, { to, isWide: true });
      const made = await Promise.all([
        expandAll(scene, id, 2),
        expandAll(scene, id, 3),
        expandAll(scene, id, 5),
      ]);
      expect(made.flat().toSorted()).toEqual(ids);
      expect(await scene.store.readDeliveriesOfEvents(scene.projectId, [id])).toHaveLength(12);
    });

    test("while a key has an unexpanded plan, its later events are planned too, and expanded in order", async () => {
      const { scene, to, ids } = await planned(2, { ordered: true });
      const { id: first } = await record(scene, { to, key: "k", isWide: true });
      const second = makeEvent(scene.projectId, { orderingKeyIndex: "k" });
      const other = makeEvent(scene.projectId, { orderingKeyIndex: "other" });
      const outcomes = await scene.store.recordEvents(
        [second, other].map((event) => makeRecord(event, { plan: planFor(...to) })),
      );
      expect(outcomes).toEqual([true, false].map((isPlanned) => ({ outcome: "created", isPlanned })));
      expect(await expand(scene, second.id)).toEqual({ outcome: "behind", eventId: first });
      expect(await expand(scene, first, 1)).toMatchObject({ subscriptionIds: [ids[0]] });
      expect(await expand(scene, second.id)).toEqual({ outcome: "behind", eventId: first });
      expect(await expandAll(scene, first)).toEqual([ids[1]]);
      expect(await expandAll(scene, second.id)).toEqual(ids);
      const third = makeEvent(scene.projectId, { orderingKeyIndex: "k" });
      expect(await scene.store.recordEvents([makeRecord(third, { plan: planFor(...to) })])).toEqual([
        { outcome: "created", isPlanned: false },
      ]);
    });

    test("deliveries of plans keep the order of their key", async () => {
      const { scene, to } = await planned(1, { ordered: true });
      const [inbox] = to;
      if (inbox === undefined) throw new Error("no subscription");
      const events = [];
      for (const isWide of [false, true, false]) events.push(await record(scene, { to, key: "k", isWide }));
      for (const { id } of events.slice(1)) await expandAll(scene, id);
      const taken: string[] = [];
      for (let round = 0; round < 3; round++)
        for (const delivery of await lease(scene, { from: inbox })) {
          taken.push(delivery.eventId);
          await settle(scene, delivery, { verb: ACKNOWLEDGE });
        }
      expect(taken).toEqual(events.map(({ id }) => id));
    });

    test("the delete of a planned event lets the next plan of its key go on", async () => {
      const { scene, to, ids } = await planned(2);
      const { id: first } = await record(scene, { to, key: "k", isWide: true });
      const { id: second } = await record(scene, { to, key: "k", isWide: true });
      await scene.store.deleteEvent(scene.projectId, first, T0);
      expect(await expandAll(scene, second)).toEqual(ids);
    });

    test("plans of all projects are listed, oldest first, until they are expanded", async () => {
      const { scene, to } = await planned(2);
      const plans: string[] = [];
      for (const at of [T0, T0 + 1, T0 + 2]) {
        const { id } = await record(scene, { to, isWide: true, event: { at } });
        plans.push(id);
      }
      const listed = async (limit: number) =>
        (await scene.store.listPlans(limit)).map(({ eventId }) => eventId);
      expect(await scene.store.listPlans(1)).toEqual([{ projectId: scene.projectId, eventId: plans[0] }]);
      expect(await listed(10)).toEqual(plans);
      await expandAll(scene, plans[1] ?? "");
      expect(await listed(10)).toEqual([plans[0], plans[2]]);
    });

    test("what a plan delivers goes out like any other", async () => {
      const { scene, to } = await planned(1);
      const { id } = await record(scene, { to, isWide: true });
      await expandAll(scene, id);
      expect(eventIds(await lease(scene, { from: to[0] ?? fail() }))).toEqual([id]);
    });
  });
}

function expand({ store, projectId }: Scene, eventId: string, limit = 10): Promise<ExpandOutcome> {
  return store.expandPlan({ projectId, eventId, limit, now: NOW });
}

/** Expands until nothing of the plan is left, and gives the subscriptions in the order in which they got a delivery. */
async function expandAll(scene: Scene, eventId: string, limit = 10): Promise<string[]> {
  const subscriptionIds: string[] = [];
  for (;;) {
    const step = await expand(scene, eventId, limit);
    if (step.outcome !== "expanded") return subscriptionIds;
    subscriptionIds.push(...step.subscriptionIds);
    if (step.isComplete) return subscriptionIds;
  }
}

function fail(): never {
  throw new Error("no subscription");
}
