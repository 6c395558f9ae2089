import { describe, expect, test } from "vitest";
import type { Store } from "../store.ts";
import {
  bytesOf,
  DAY,
  makeCredential,
  makeEvent,
  makeIdempotency,
  makeJob,
  makeRecord,
  planFor,
  SECOND,
  T0,
} from "./make-records.ts";
import {
  ACKNOWLEDGE,
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
  subscribe,
  view,
} from "./scene.ts";
import type { Terms } from "./terms.ts";

export type Reopen = (scene: Scene) => Promise<Scene>;

/** For durable stores: what was answered is still there after a close and an open. */
export function describeReopen(open: OpenScene, reopen: Reopen, { feedDelayMs }: Terms): void {
  describe("after a close and an open", () => {
    test("events, their feed positions and their idempotency keys are still there", async () => {
      const scene = await open();
      const idempotency = makeIdempotency("key");
      const event = makeEvent(scene.projectId, { subjectIndex: "subject", orderingKeyIndex: "k" });
      await scene.store.recordEvents([makeRecord(event, { idempotency })]);
      const position = await scene.store.seekFeed(scene.projectId, null);
      const { store, projectId } = await reopen(scene);
      expect(await store.readEvents(projectId, [event.id], T0)).toEqual([event]);
      const again = makeRecord(makeEvent(projectId), { idempotency });
      expect(await store.recordEvents([again])).toEqual([{ outcome: "replayed", eventId: event.id }]);
      const later = makeEvent(projectId);
      await store.recordEvents([makeRecord(later)]);
      const request = { projectId, subjectIndex: null, limit: 9, now: T0 + feedDelayMs };
      const page = await store.readFeed({ ...request, after: position });
      expect(page.outcome === "page" ? page.items.map((item) => item.event.id) : []).toEqual([later.id]);
    });

    test("a lease that is out is still held, and its token still settles", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await record(scene, { to: [inbox] });
      const held = await leaseOne(scene, { from: inbox, until: T0 + 60 * SECOND });
      const later = await reopen(scene);
      expect(await lease(later, { from: inbox, now: T0 + 60 * SECOND - 1 })).toEqual([]);
      expect(await settle(later, held, { verb: ACKNOWLEDGE })).toBe("settled");
      expect(await settle(await reopen(later), held, { verb: ACKNOWLEDGE })).toBe("already_acknowledged");
    });

    test("lanes, positions and attempts go on where they were", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, { ordered: true, channel: "webhook", endpointShard: 1 });
      const ids = await recordMany(scene, 2, { to: [inbox], key: "k" });
      const attempt = {
        startedAt: T0,
        durationMs: 5,
        statusCode: 500,
        errorCode: null,
        sealedExcerpt: bytesOf("x"),
      };
      const held = await leaseOne(scene, { from: inbox });
      await settle(scene, held, { verb: releaseAt(T0 + DAY), attempt });
      const lane = await scene.store.readLane(scene.projectId, inbox.id, "k");
      const later = await reopen(scene);
      expect(await later.store.readLane(scene.projectId, inbox.id, "k")).toEqual(lane);
      expect(await later.store.readAttempts(scene.projectId, keyOf(held))).toEqual([
        { ...attempt, number: 1 },
      ]);
      expect((await view(later, liveKey(ids[1] ?? "", inbox))).isBlocked).toBe(true);
      const { id } = await record(later, { to: [inbox], key: "k" });
      expect((await view(later, liveKey(id, inbox))).delivery.lane?.position).toBe(3);
    });

    test("an unexpanded plan is still listed, holds its key and is expanded", async () => {
      const scene = await open();
      const subscriptions = [await subscribe(scene), await subscribe(scene)];
      const { id } = await record(scene, { to: subscriptions, key: "k", isWide: true });
      await scene.store.expandPlan({ projectId: scene.projectId, eventId: id, limit: 1, now: T0 });
      const { store, projectId } = await reopen(scene);
      expect(await store.listPlans(9)).toEqual([{ projectId, eventId: id }]);
      const next = makeRecord(makeEvent(projectId, { orderingKeyIndex: "k" }), {
        plan: planFor(...subscriptions),
      });
      expect(await store.recordEvents([next])).toEqual([{ outcome: "created", isPlanned: true }]);
      expect(await store.expandPlan({ projectId, eventId: id, limit: 9, now: T0 })).toEqual({
        outcome: "expanded",
        subscriptionIds: [subscriptions[1]?.id],
        isComplete: true,
      });
    });

    test("projects, subscriptions, credentials, jobs, owners and settings are as they were", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const webhook = await subscribe(scene, { channel: "webhook", endpointShard: 3 });
      const credential = makeCredential(projectId);
      await store.createCredential(credential);
      await store.createJob(makeJob(projectId));
      const held = await store.takeJob({ kinds: ["replay"], now: T0, until: T0 + DAY });
      await store.claimShards({ ownerId: "loop", want: 2, now: T0, until: T0 + DAY });
      await store.putSetting("check", bytesOf("value"));
      await store.touchEventTypes(projectId, [{ type: "order.created", lastSeenAt: T0 }]);
      const read = (from: Store) =>
        Promise.all([
          from.readProject(projectId),
          from.readKeys(projectId),
          from.readSubscription(projectId, webhook.id),
          from.readMatchSet(projectId, null),
          from.readCredential(credential.tokenHash),
          from.readJob(projectId, held?.job.id ?? ""),
          from.listOwners(T0),
          from.readSetting("check"),
          from.listEventTypes(projectId),
        ]);
      const before = await read(store);
      const later = await reopen(scene);
      expect(await read(later.store)).toEqual(before);
      expect(await later.store.takeJob({ kinds: ["replay"], now: T0, until: T0 + DAY })).toBeNull();
      if (held === null) throw new Error("nothing was taken");
      expect(await later.store.saveJob(held, T0 + DAY)).toBe("saved");
    });

    test("what retention removed stays expired in the feed", async () => {
      const scene = await open();
      const { projectId } = scene;
      await recordMany(scene, 2, { to: [] });
      const request = { projectId, subjectIndex: null, limit: 1, now: T0 + feedDelayMs };
      const page = await scene.store.readFeed({ ...request, after: null });
      const bounds = { settledBefore: T0 + 1, backlogBefore: T0, goneBefore: T0 };
      await scene.store.expireEvents({ projectId, now: T0, afterId: null, limit: 9, ...bounds });
      const { store } = await reopen(scene);
      const after = page.outcome === "page" ? page.end : "";
      expect(await store.readFeed({ ...request, after })).toEqual({ outcome: "expired" });
    });
  });
}
