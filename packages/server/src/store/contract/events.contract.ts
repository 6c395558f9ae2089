import { describe, expect, test } from "vitest";
import { rankOf } from "../../domain/priority.ts";
import { bytesOf, DAY, idAt, makeEvent, makeRecord, planFor, T0 } from "./make-records.ts";
import { liveKey, type OpenScene, record, recordMany, subscribe, view } from "./scene.ts";

export function describeEvents(open: OpenScene): void {
  describe("events", () => {
    test("an event comes back exactly as it was recorded", async () => {
      const { store, projectId } = await open();
      const event = makeEvent(projectId, {
        type: null,
        source: null,
        tags: ["a", "b"],
        occurredAt: null,
        subjectIndex: "subject",
        orderingKeyIndex: "key",
        sealed: new Uint8Array([0, 255, 1, 254]),
      });
      expect(await store.recordEvents([makeRecord(event)])).toEqual([
        { outcome: "created", isPlanned: false },
      ]);
      expect(await store.readEvents(projectId, [event.id], T0)).toEqual([event]);
    });

    test("bytes that the caller uses again are not the stored ones", async () => {
      const { store, projectId } = await open();
      const sealed = bytesOf("as recorded");
      const event = makeEvent(projectId, { sealed });
      await store.recordEvents([makeRecord(event)]);
      sealed.fill(0);
      const [stored] = await store.readEvents(projectId, [event.id], T0);
      expect(stored?.sealed).toEqual(bytesOf("as recorded"));
    });

    test("outcomes stand in the order of the records, and none hangs on another", async () => {
      const { store, projectId } = await open();
      const first = makeEvent(projectId);
      const foreign = makeEvent(idAt(T0));
      const last = makeEvent(projectId);
      const outcomes = await store.recordEvents([first, foreign, last].map((event) => makeRecord(event)));
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(["created", "no_project", "created"]);
      const stored = await store.readEvents(projectId, [first.id, last.id], T0);
      expect(stored.map(({ id }) => id)).toEqual([first.id, last.id]);
    });

    test("every entry of a plan becomes a pending delivery", async () => {
      const scene = await open();
      const one = await subscribe(scene);
      const other = await subscribe(scene);
      const at = T0 + 5;
      const event = { at, priority: "high", bytes: 77 } as const;
      const { id, expiresAt } = await record(scene, { to: [one, other], dueAt: T0 + 9, event });
      for (const subscription of [one, other])
        expect((await view(scene, liveKey(id, subscription))).delivery).toEqual({
          ...liveKey(id, subscription),
          projectId: scene.projectId,
          state: "pending",
          stateReason: null,
          rank: rankOf("high", false),
          attempt: 0,
          attemptBase: 0,
          takeovers: 0,
          dueAt: T0 + 9,
          leaseToken: null,
          leasedAt: null,
          lane: null,
          bytes: 77,
          createdAt: at,
          settledAt: null,
          expiresAt,
        });
    });

    test("events are read in the order asked, and unknown ones are left out", async () => {
      const scene = await open();
      const [one, two, three] = await recordMany(scene, 3, { to: [] });
      const wanted = [three ?? "", idAt(T0), one ?? "", two ?? ""];
      const events = await scene.store.readEvents(scene.projectId, wanted, T0);
      expect(events.map(({ id }) => id)).toEqual([three, one, two]);
    });

    test("the list goes page by page from the newest to the oldest", async () => {
      const scene = await open();
      const ids: string[] = [];
      for (const at of [T0 + 3, T0 + 1, T0 + 2, T0 + 1, T0])
        ids.push((await record(scene, { to: [], event: { at } })).id);
      const newestFirst = ids.toSorted().reverse();
      const request = { projectId: scene.projectId, now: T0, fromId: null, subjectIndex: null, limit: 2 };
      const pages: string[][] = [];
      for (let beforeId: string | null = null; ; ) {
        const page: string[] = (await scene.store.listEvents({ ...request, beforeId })).map(({ id }) => id);
        if (page.length === 0) break;
        pages.push(page);
        beforeId = page.at(-1) ?? null;
      }
      expect(pages).toEqual([newestFirst.slice(0, 2), newestFirst.slice(2, 4), newestFirst.slice(4)]);
    });

    test("the list can begin at an id and be narrowed to a subject", async () => {
      const scene = await open();
      const mine = { to: [], event: { subjectIndex: "mine" } };
      const [, second, third] = await recordMany(scene, 3, mine);
      await record(scene, { to: [], event: { subjectIndex: "other" } });
      const request = { projectId: scene.projectId, now: T0, beforeId: null, limit: 10 };
      const events = await scene.store.listEvents({ ...request, fromId: second ?? "", subjectIndex: "mine" });
      expect(events.map(({ id }) => id)).toEqual([third, second]);
    });

    test("an event past its last date reads as gone", async () => {
      const scene = await open();
      const { id, expiresAt } = await record(scene, { to: [], event: { expiresAt: T0 + DAY } });
      const list = {
        projectId: scene.projectId,
        beforeId: null,
        fromId: null,
        subjectIndex: null,
        limit: 10,
      };
      expect(await scene.store.readEvents(scene.projectId, [id], expiresAt - 1)).toHaveLength(1);
      expect(await scene.store.readEvents(scene.projectId, [id], expiresAt)).toEqual([]);
      expect(await scene.store.listEvents({ ...list, now: expiresAt })).toEqual([]);
      expect(await scene.store.deleteEvent(scene.projectId, id, expiresAt)).toBe("not_found");
    });

    test("a deleted event is found by no read, and deleting it again finds nothing", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const { id } = await record(scene, { to: [inbox] });
      const list = {
        projectId: scene.projectId,
        now: T0,
        beforeId: null,
        fromId: null,
        subjectIndex: null,
        limit: 10,
      };
      expect(await scene.store.deleteEvent(scene.projectId, id, T0)).toBe("deleted");
      expect(await scene.store.readEvents(scene.projectId, [id], T0)).toEqual([]);
      expect(await scene.store.listEvents(list)).toEqual([]);
      expect(await scene.store.deleteEvent(scene.projectId, id, T0)).toBe("not_found");
    });

    test("a thousand records of one call are all stored", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const records = Array.from({ length: 1_000 }, () =>
        makeRecord(makeEvent(scene.projectId), { plan: planFor(inbox) }),
      );
      const outcomes = await scene.store.recordEvents(records);
      expect(outcomes.filter(({ outcome }) => outcome === "created")).toHaveLength(1_000);
      const ids = records.map(({ event }) => event.id);
      expect(await scene.store.readEvents(scene.projectId, ids, T0)).toHaveLength(1_000);
      expect(await scene.store.countDeliveries(scene.projectId, inbox.id, "pending")).toEqual({
        count: 1_000,
        more: false,
      });
    });

    test("event types are listed by name with the latest time they were seen", async () => {
      const { store, projectId } = await open();
      await store.touchEventTypes(projectId, [
        { type: "order.paid", lastSeenAt: T0 + 5 },
        { type: "order.created", lastSeenAt: T0 },
      ]);
      await store.touchEventTypes(projectId, [
        { type: "order.paid", lastSeenAt: T0 + 1 },
        { type: "order.created", lastSeenAt: T0 + 2 },
      ]);
      expect(await store.listEventTypes(projectId)).toEqual([
        { type: "order.created", lastSeenAt: T0 + 2 },
        { type: "order.paid", lastSeenAt: T0 + 5 },
      ]);
    });
  });
}
