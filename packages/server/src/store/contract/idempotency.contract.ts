import { describe, expect, test } from "vitest";
import { DAY, makeEvent, makeIdempotency, makeRecord, planFor, T0 } from "./make-records.ts";
import { addProject, type OpenScene, type Scene, subscribe } from "./scene.ts";
import type { Terms } from "./terms.ts";

const KEY = makeIdempotency("key");

export function describeIdempotency(open: OpenScene, { forgetsKeysItself }: Terms): void {
  describe("idempotency", () => {
    test("of equal keys in one call the first wins and the others are its replays", async () => {
      const { store, projectId } = await open();
      const events = [makeEvent(projectId), makeEvent(projectId), makeEvent(projectId)];
      const outcomes = await store.recordEvents(
        events.map((event) => makeRecord(event, { idempotency: KEY })),
      );
      const replayed = { outcome: "replayed", eventId: events[0]?.id };
      expect(outcomes).toEqual([{ outcome: "created", isPlanned: false }, replayed, replayed]);
      expect(await readIds({ store, projectId }, events)).toEqual([events[0]?.id]);
    });

    test("a key used before with the same fingerprint is a replay that makes no deliveries", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      const first = makeEvent(scene.projectId);
      await scene.store.recordEvents([makeRecord(first, { idempotency: KEY, plan: planFor(inbox) })]);
      const again = makeRecord(makeEvent(scene.projectId), { idempotency: KEY, plan: planFor(inbox) });
      expect(await scene.store.recordEvents([again])).toEqual([{ outcome: "replayed", eventId: first.id }]);
      const { count } = await scene.store.countDeliveries(scene.projectId, inbox.id, "pending");
      expect(count).toBe(1);
    });

    test("a key used with another fingerprint is refused, and the first stays the one it names", async () => {
      const { store, projectId } = await open();
      const first = makeEvent(projectId);
      const other = makeEvent(projectId);
      const otherKey = makeIdempotency("key", { fingerprint: "other" });
      const outcomes = await store.recordEvents([
        makeRecord(first, { idempotency: KEY }),
        makeRecord(other, { idempotency: otherKey }),
        makeRecord(makeEvent(projectId), { idempotency: KEY }),
      ]);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(["created", "key_reused", "replayed"]);
      expect(await readIds({ store, projectId }, [first, other])).toEqual([first.id]);
    });

    test("of concurrent calls with one key exactly one creates, and all others name its event", async () => {
      const { store, projectId } = await open();
      const events = Array.from({ length: 12 }, () => makeEvent(projectId));
      const outcomes = await Promise.all(
        events.map(async (event) => (await store.recordEvents([makeRecord(event, { idempotency: KEY })]))[0]),
      );
      const winners = events.filter((_, index) => outcomes[index]?.outcome === "created");
      expect(winners).toHaveLength(1);
      const losers = outcomes.filter((outcome) => outcome?.outcome !== "created");
      expect(losers).toEqual(losers.map(() => ({ outcome: "replayed", eventId: winners[0]?.id })));
    });

    test("concurrent calls whose keys overlap in different orders all end", async () => {
      const { store, projectId } = await open();
      const call = (keys: readonly string[]) =>
        store.recordEvents(
          keys.map((key) => makeRecord(makeEvent(projectId), { idempotency: makeIdempotency(key) })),
        );
      const outcomes = await Promise.all([
        call(["a", "b", "c"]),
        call(["c", "b", "a"]),
        call(["b", "a", "c"]),
      ]);
      expect(outcomes.flat().filter(({ outcome }) => outcome === "created")).toHaveLength(3);
    });

    test("plain keys and CloudEvents identities never meet", async () => {
      const { store, projectId } = await open();
      const outcomes = await store.recordEvents([
        makeRecord(makeEvent(projectId), { idempotency: KEY }),
        makeRecord(makeEvent(projectId), { idempotency: { ...KEY, kind: "cloudevent" } }),
      ]);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(["created", "created"]);
    });

    test("two projects use the same key apart from each other", async () => {
      const scene = await open();
      const other = await addProject(scene.store);
      const outcomes = await scene.store.recordEvents([
        makeRecord(makeEvent(scene.projectId), { idempotency: KEY }),
        makeRecord(makeEvent(other.projectId), { idempotency: KEY }),
      ]);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(["created", "created"]);
    });

    test("the key of a deleted event still names it", async () => {
      const { store, projectId } = await open();
      const event = makeEvent(projectId);
      await store.recordEvents([makeRecord(event, { idempotency: KEY })]);
      await store.deleteEvent(projectId, event.id, T0);
      const outcomes = await store.recordEvents([makeRecord(makeEvent(projectId), { idempotency: KEY })]);
      expect(outcomes).toEqual([{ outcome: "replayed", eventId: event.id }]);
    });

    test("a key is free again from its last date on", async () => {
      const { store, projectId } = await open();
      const at = KEY.expiresAt;
      const later = makeIdempotency("key", { fingerprint: "other", expiresAt: at + 7 * DAY });
      await store.recordEvents([makeRecord(makeEvent(projectId), { idempotency: KEY })]);
      const [before] = await store.recordEvents([
        makeRecord(makeEvent(projectId, { at: at - 1 }), { idempotency: later }),
      ]);
      const [after] = await store.recordEvents([
        makeRecord(makeEvent(projectId, { at }), { idempotency: later }),
      ]);
      expect([before?.outcome, after?.outcome]).toEqual(["key_reused", "created"]);
    });

    test("keys past their time are forgotten in steps, the others are kept", async () => {
      const { store, projectId } = await open();
      const old = ["a", "b", "c"].map((key) => makeIdempotency(key, { expiresAt: T0 + DAY }));
      await store.recordEvents(
        [...old, KEY].map((idempotency) => makeRecord(makeEvent(projectId), { idempotency })),
      );
      const request = { now: T0 + DAY, keysUnusedSince: 0, limit: 2 };
      for (const forgotten of forgetsKeysItself ? [0] : [2, 1, 0])
        expect(await store.expireKeys(request)).toBe(forgotten);
      const [kept] = await store.recordEvents([makeRecord(makeEvent(projectId), { idempotency: KEY })]);
      expect(kept?.outcome).toBe("replayed");
    });
  });
}

async function readIds(
  { store, projectId }: Scene,
  events: readonly { readonly id: string }[],
): Promise<string[]> {
  const ids = events.map(({ id }) => id);
  return (await store.readEvents(projectId, ids, T0)).map(({ id }) => id);
}
