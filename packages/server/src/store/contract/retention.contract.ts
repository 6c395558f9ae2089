import { describe, expect, test } from "vitest";
import type { ExpireRequest } from "../event-store.ts";
import { DAY, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  BURY,
  lease,
  leaseOne,
  liveKey,
  type OpenScene,
  record,
  recordMany,
  type Scene,
  settle,
  stateOf,
  subscribe,
  view,
} from "./scene.ts";

const NOW = T0 + 90 * DAY;

/** Bounds under which nothing is old enough. */
const NOTHING = { settledBefore: T0, backlogBefore: T0, goneBefore: T0 };

export function describeRetention(open: OpenScene): void {
  describe("retention", () => {
    test("removes settled events of their age with all they have, and no younger ones", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id: unmatched } = await record(scene, { to: [] });
      const { id: settled } = await record(scene, { to: [inbox] });
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE });
      const { id: cancelled } = await record(scene, { to: [inbox] });
      const key = liveKey(cancelled, inbox);
      await scene.store.cancelDelivery({ projectId: scene.projectId, key, reason: null, now: T0 });
      const { id: young } = await record(scene, { to: [], event: { at: T0 + 1 } });
      expect(await expire(scene, { settledBefore: T0 + 1 })).toEqual({ removed: 3, expired: [] });
      expect(await readIds(scene, [unmatched, settled, cancelled, young])).toEqual([young]);
      expect(await scene.store.readDelivery(scene.projectId, liveKey(settled, inbox))).toBeNull();
    });

    test("keeps events with open or dead deliveries, or an unexpanded plan, beyond that age", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id: dead } = await record(scene, { to: [inbox] });
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: BURY });
      const { id: leased } = await record(scene, { to: [inbox] });
      await leaseOne(scene, { from: inbox });
      const { id: pending } = await record(scene, { to: [inbox] });
      const { id: planned } = await record(scene, { to: [inbox], isWide: true });
      expect(await expire(scene, { settledBefore: T0 + 1 })).toEqual({ removed: 0, expired: [] });
      expect(await readIds(scene, [dead, leased, pending, planned])).toHaveLength(4);
    });

    test("makes open deliveries of their age dead as expired, and tells which", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const other = await subscribe(scene);
      const { id: eventId } = await record(scene, { to: [inbox, other] });
      const held = await leaseOne(scene, { from: inbox });
      await record(scene, { to: [inbox], event: { at: T0 + 1 } });
      const { removed, expired } = await expire(scene, { settledBefore: T0 + 1, backlogBefore: T0 + 1 });
      expect(removed).toBe(0);
      expect(expired.toSorted((a, b) => (a.subscriptionId < b.subscriptionId ? -1 : 1))).toEqual([
        { subscriptionId: inbox.id, eventId },
        { subscriptionId: other.id, eventId },
      ]);
      expect((await view(scene, liveKey(eventId, inbox))).delivery).toMatchObject({
        state: "dead",
        stateReason: "expired",
        settledAt: NOW,
      });
      expect(await settle(scene, held, { verb: ACKNOWLEDGE })).toBe("lease_lost");
      expect(await expire(scene, { settledBefore: T0 + 1, backlogBefore: T0 + 1 })).toEqual({
        removed: 0,
        expired: [],
      });
    });

    test("removes every event of the last age, whatever it still has", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, { ordered: true });
      await recordMany(scene, 3, { to: [inbox], key: "k" });
      await settle(scene, await leaseOne(scene, { from: inbox }), { verb: BURY });
      await record(scene, { to: [inbox], key: "k", isWide: true });
      const { id } = await record(scene, { to: [inbox], key: "other", event: { at: T0 + 1 } });
      const bounds = { settledBefore: T0 + 1, backlogBefore: T0 + 1, goneBefore: T0 + 1 };
      expect((await expire(scene, bounds)).removed).toBe(4);
      expect(await scene.store.readLane(scene.projectId, inbox.id, "k")).toBeNull();
      expect(await scene.store.listPlans(10)).toEqual([]);
      expect((await lease(scene, { from: inbox, now: NOW })).map(({ eventId }) => eventId)).toEqual([id]);
    });

    test("goes in small steps that begin where the last one ended", async () => {
      const scene = await open();
      await recordMany(scene, 7, { to: [] });
      const request = { ...NOTHING, projectId: scene.projectId, now: NOW, settledBefore: T0 + 1, limit: 3 };
      const removed: number[] = [];
      for (let afterId: string | null = null; ; ) {
        const step = await scene.store.expireEvents({ ...request, afterId });
        removed.push(step.removed);
        if (step.nextId === null) break;
        afterId = step.nextId;
      }
      expect(removed).toEqual([3, 3, 1]);
    });

    test("passes events that stay, so that the steps after it reach all others", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const waiting = await recordMany(scene, 4, { to: [inbox] });
      const settled = await recordMany(scene, 4, { to: [] });
      expect((await expire(scene, { settledBefore: T0 + 1, limit: 2 })).removed).toBe(4);
      expect(await readIds(scene, [...waiting, ...settled])).toEqual(waiting);
    });

    test("with nothing old enough there is no next step", async () => {
      const scene = await open();
      const { id } = await record(scene, { to: [] });
      const request = { ...NOTHING, projectId: scene.projectId, now: NOW, afterId: null, limit: 10 };
      expect(await scene.store.expireEvents(request)).toEqual({ removed: 0, expired: [], nextId: null });
      expect(await readIds(scene, [id])).toEqual([id]);
    });

    test("an expired delivery can be redriven while its event is kept", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id } = await record(scene, { to: [inbox] });
      await expire(scene, { backlogBefore: T0 + 1 });
      const key = liveKey(id, inbox);
      const { outcome } = await scene.store.redriveDelivery({ projectId: scene.projectId, key, now: NOW });
      expect(outcome).toBe("redriven");
      expect(await stateOf(scene, key)).toBe("pending");
    });
  });
}

/** Goes through all steps, and adds up what they did. */
async function expire(scene: Scene, fields: Partial<ExpireRequest>) {
  let removed = 0;
  const expired: { subscriptionId: string; eventId: string }[] = [];
  for (let afterId: string | null = null; ; ) {
    const request = { ...NOTHING, projectId: scene.projectId, now: NOW, limit: 100, ...fields, afterId };
    const step = await scene.store.expireEvents(request);
    removed += step.removed;
    expired.push(...step.expired);
    if (step.nextId === null) return { removed, expired };
    afterId = step.nextId;
  }
}

async function readIds({ store, projectId }: Scene, ids: readonly string[]): Promise<string[]> {
  return (await store.readEvents(projectId, ids, T0)).map(({ id }) => id);
}
