import { describe, expect, test } from "vitest";
import type { FeedPosition } from "../event-store.ts";
import { DAY, makeEvent, makeRecord, T0 } from "./make-records.ts";
import { type OpenScene, record, recordMany, type Scene } from "./scene.ts";
import type { Terms } from "./terms.ts";

/** `now`: when the feed of the store shows what was accepted at `T0`. */
interface FeedScene extends Scene {
  readonly now: number;
}

export function describeFeed(openScene: OpenScene, { feedDelayMs }: Terms): void {
  const open = async (): Promise<FeedScene> => ({ ...(await openScene()), now: T0 + feedDelayMs });

  describe("the feed", () => {
    test("gives every event in the order of its commit, page by page", async () => {
      const scene = await open();
      const ids = await recordMany(scene, 7, { to: [] });
      for (const limit of [1, 3, 7, 100]) expect((await readAll(scene, { limit })).ids).toEqual(ids);
    });

    test("goes on behind any position that it gave", async () => {
      const scene = await open();
      const ids = await recordMany(scene, 4, { to: [] });
      const page = await scene.store.readFeed({ ...request(scene), after: null });
      const items = page.outcome === "page" ? page.items : [];
      for (const [index, { position, event }] of items.entries()) {
        expect(event.id).toBe(ids[index]);
        expect((await readAll(scene, { after: position })).ids).toEqual(ids.slice(index + 1));
      }
    });

    test("shows later events behind the end that it gave before", async () => {
      const scene = await open();
      const empty = await readAll(scene);
      const ids = await recordMany(scene, 2, { to: [] });
      const first = await readAll(scene, { after: empty.end });
      const later = await recordMany(scene, 2, { to: [] });
      const second = await readAll(scene, { after: first.end });
      expect([empty.ids, first.ids, second.ids]).toEqual([[], ids, later]);
    });

    test("leaves no gap while events are recorded at the same time", async () => {
      const scene = await open();
      const events = Array.from({ length: 60 }, () => makeEvent(scene.projectId));
      let isRecorded = false;
      const recordAll = async () => {
        await Promise.all(
          events.map((event, index) =>
            scene.store.recordEvents([
              makeRecord({ ...event, orderingKeyIndex: index % 3 === 0 ? "k" : null }),
            ]),
          ),
        );
        isRecorded = true;
      };
      const seen = new Set<string>();
      const follow = async () => {
        let after: FeedPosition | null = null;
        for (let wasRecorded = false; !wasRecorded; ) {
          wasRecorded = isRecorded;
          // A feed that comes later shows nothing of what is being recorded now.
          const now = wasRecorded ? scene.now : T0;
          const { ids, end } = await readAll(scene, { after, limit: 7, now });
          for (const id of ids) seen.add(id);
          after = end;
        }
      };
      await Promise.all([recordAll(), follow()]);
      expect([...seen].toSorted()).toEqual(events.map(({ id }) => id));
    });

    test("can be narrowed to a subject", async () => {
      const scene = await open();
      const [one] = await recordMany(scene, 1, { to: [], event: { subjectIndex: "mine" } });
      await recordMany(scene, 3, { to: [], event: { subjectIndex: "other" } });
      const [two] = await recordMany(scene, 1, { to: [], event: { subjectIndex: "mine" } });
      expect((await readAll(scene, { subjectIndex: "mine", limit: 1 })).ids).toEqual([one, two]);
    });

    test("shows no trace of deleted events, and their positions stay good", async () => {
      const scene = await open();
      const ids = await recordMany(scene, 5, { to: [] });
      const page = await scene.store.readFeed({ ...request(scene), limit: 2, after: null });
      const end = page.outcome === "page" ? page.end : null;
      for (const index of [1, 2, 4]) await scene.store.deleteEvent(scene.projectId, ids[index] ?? "", T0);
      expect((await readAll(scene)).ids).toEqual([ids[0], ids[3]]);
      expect((await readAll(scene, { after: end })).ids).toEqual([ids[3]]);
      const [later] = await recordMany(scene, 1, { to: [] });
      expect((await readAll(scene, { after: end })).ids).toEqual([ids[3], later]);
    });

    test("leaves out events past their last date", async () => {
      const scene = await open();
      await record(scene, { to: [], event: { expiresAt: T0 + DAY } });
      expect((await readAll(scene, { now: T0 + DAY - 1 })).ids).toHaveLength(1);
      expect((await readAll(scene, { now: T0 + DAY })).ids).toEqual([]);
    });

    test.each(["", "not a position", "-1", "1e3", "0x1", "\u0000"])("%j is no position", async (after) => {
      const scene = await open();
      await record(scene, { to: [] });
      expect(await scene.store.readFeed({ ...request(scene), after })).toEqual({ outcome: "malformed" });
    });

    test("a position before events that retention removed is expired, one behind them is not", async () => {
      const scene = await open();
      const old = await recordMany(scene, 3, { to: [], event: { at: T0 } });
      const kept = await recordMany(scene, 2, { to: [], event: { at: T0 + DAY } });
      const page = await scene.store.readFeed({ ...request(scene), limit: old.length, after: null });
      const positions = page.outcome === "page" ? page.items.map(({ position }) => position) : [];
      const bounds = { settledBefore: T0 + 1, backlogBefore: T0, goneBefore: T0 };
      const step = { projectId: scene.projectId, now: T0 + DAY, afterId: null, limit: 100 };
      expect((await scene.store.expireEvents({ ...step, ...bounds })).removed).toBe(3);
      const now = scene.now + DAY;
      const readAfter = (after: FeedPosition | null) =>
        scene.store.readFeed({ ...request(scene), after, now });
      expect(await readAfter(positions[0] ?? null)).toEqual({ outcome: "expired" });
      expect(await readAfter(positions[1] ?? null)).toEqual({ outcome: "expired" });
      expect((await readAll(scene, { after: positions[2] ?? null, now })).ids).toEqual(kept);
      expect((await readAll(scene, { now })).ids).toEqual(kept);
      for (const at of [T0 - DAY, T0, T0 + DAY])
        expect(
          (await readAll(scene, { after: await scene.store.seekFeed(scene.projectId, at), now })).ids,
        ).toEqual(kept);
    });

    test("a sought end lies behind everything that is committed", async () => {
      const scene = await open();
      await recordMany(scene, 3, { to: [] });
      const end = await scene.store.seekFeed(scene.projectId, null);
      const [later] = await recordMany(scene, 1, { to: [] });
      expect((await readAll(scene, { after: end })).ids).toEqual([later]);
    });

    test("behind a sought time stands every event accepted from then on, in whatever order they came", async () => {
      const scene = await open();
      const times = [T0, T0 + 30, T0 + 10, T0 + 20, T0 + 40];
      const ids: string[] = [];
      for (const at of times) ids.push((await record(scene, { to: [], event: { at } })).id);
      for (const at of [T0 - 1, ...times, T0 + 41]) {
        const position = await scene.store.seekFeed(scene.projectId, at);
        const found = (await readAll(scene, { after: position, now: scene.now + 40 })).ids;
        expect(found).toEqual(expect.arrayContaining(ids.filter((_, index) => (times[index] ?? 0) >= at)));
      }
    });
  });
}

type Reading = Partial<Parameters<Scene["store"]["readFeed"]>[0]>;

function request({ projectId, now }: FeedScene) {
  return { projectId, subjectIndex: null, limit: 100, now };
}

/** Reads on until a page brings nothing. */
async function readAll(
  scene: FeedScene,
  reading: Reading = {},
): Promise<{ ids: string[]; end: FeedPosition | null }> {
  const ids: string[] = [];
  let end = reading.after ?? null;
  for (;;) {
    const page = await scene.store.readFeed({ ...request(scene), ...reading, after: end });
    if (page.outcome !== "page") throw new Error(`not read: ${page.outcome}`);
    ids.push(...page.items.map(({ event }) => event.id));
    end = page.end;
    if (page.items.length === 0) return { ids, end };
  }
}
