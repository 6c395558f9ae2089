import { describe, expect, test } from "vitest";
import { SUBSCRIPTION_LIMITS } from "../../domain/subscription.ts";
import { bytesOf, DAY, idAt, makeSubscription, T0 } from "./make-records.ts";
import { addProject, change, type OpenScene, type Scene, subscribe } from "./scene.ts";

export function describeSubscriptions(open: OpenScene): void {
  describe("subscriptions", () => {
    test("a subscription comes back exactly as it was created", async () => {
      const scene = await open();
      const inbox = await subscribe(scene, {
        name: "orders",
        ordered: true,
        onDead: "skip",
        maxAttempts: 3,
        labels: ["a", "b"],
        sealed: new Uint8Array([0, 200, 7]),
        catchUpTo: T0 + 1,
        expiresAt: T0 + DAY,
        stateReason: "reason",
      });
      const webhook = await subscribe(scene, { channel: "webhook", endpointShard: 255, state: "paused" });
      expect(await scene.store.readSubscription(scene.projectId, inbox.id)).toEqual(inbox);
      expect(await scene.store.readSubscription(scene.projectId, webhook.id)).toEqual(webhook);
      expect(await scene.store.readSubscriptionByName(scene.projectId, "orders")).toEqual(inbox);
    });

    test("unknown ids and names read as nothing", async () => {
      const { store, projectId } = await open();
      expect(await store.readSubscription(projectId, idAt(T0))).toBeNull();
      expect(await store.readSubscriptionByName(projectId, "unknown")).toBeNull();
    });

    test("bytes that the caller uses again are not the stored ones", async () => {
      const scene = await open();
      const { id, sealed } = await subscribe(scene, { sealed: bytesOf("as created") });
      sealed.fill(0);
      expect((await scene.store.readSubscription(scene.projectId, id))?.sealed).toEqual(
        bytesOf("as created"),
      );
    });

    test("the same identity again gives the one that exists", async () => {
      const scene = await open();
      const first = await subscribe(scene, { identity: "same", name: "one" });
      const again = makeSubscription(scene.projectId, { identity: "same", name: "one" });
      expect(await scene.store.createSubscription(again)).toEqual({ outcome: "exists", subscription: first });
    });

    test("a taken name is refused", async () => {
      const scene = await open();
      await subscribe(scene, { name: "one" });
      const other = makeSubscription(scene.projectId, { name: "one" });
      expect(await scene.store.createSubscription(other)).toEqual({ outcome: "name_taken" });
    });

    test("of concurrent creates with one identity one is created and all others get it", async () => {
      const scene = await open();
      const wanted = Array.from({ length: 8 }, () => makeSubscription(scene.projectId, { identity: "same" }));
      const outcomes = await Promise.all(wanted.map((one) => scene.store.createSubscription(one)));
      const winners = wanted.filter((_, index) => outcomes[index]?.outcome === "created");
      expect(winners).toHaveLength(1);
      const losers = outcomes.filter(({ outcome }) => outcome !== "created");
      expect(losers).toEqual(losers.map(() => ({ outcome: "exists", subscription: winners[0] })));
    });

    test.each(["ended", "deleted"] as const)("one that is %s frees its name and identity", async (state) => {
      const scene = await open();
      const { id } = await subscribe(scene, { identity: "same", name: "one" });
      await change(scene, id, { state });
      expect(await scene.store.readSubscriptionByName(scene.projectId, "one")).toBeNull();
      const next = await subscribe(scene, { identity: "same", name: "one" });
      expect(await scene.store.readSubscriptionByName(scene.projectId, "one")).toEqual(next);
      expect(await scene.store.readSubscription(scene.projectId, id)).toMatchObject({ state, version: 2 });
    });

    test("a project may have ten thousand, not counting those that ended", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const first = await subscribe(scene);
      // The main inbox and the first one are there; in parts, so that a store may commit several together.
      for (let left = SUBSCRIPTION_LIMITS.perProject - 2; left > 0; left -= 1_000)
        await Promise.all(
          Array.from({ length: Math.min(left, 1_000) }, () =>
            store.createSubscription(makeSubscription(projectId)),
          ),
        );
      expect(await store.createSubscription(makeSubscription(projectId))).toEqual({ outcome: "full" });
      await change(scene, first.id, { state: "ended" });
      expect(await store.createSubscription(makeSubscription(projectId))).toEqual({ outcome: "created" });
    }, 60_000);

    test("a subscription needs its project", async () => {
      const { store } = await open();
      expect(await store.createSubscription(makeSubscription(idAt(T0)))).toEqual({ outcome: "no_project" });
    });

    test("a change is written if it was made against the version that stands", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const made = await subscribe(scene, { name: "one" });
      const paused = { ...made, state: "paused", labels: ["x"], updatedAt: T0 + 1, version: 2 } as const;
      expect(await store.changeSubscription(paused)).toBe("changed");
      expect(await store.readSubscription(projectId, made.id)).toEqual(paused);
      expect(await store.changeSubscription({ ...made, state: "disabled", version: 2 })).toBe("conflict");
      expect(await store.readSubscription(projectId, made.id)).toEqual(paused);
      expect(await store.changeSubscription(makeSubscription(projectId, { version: 2 }))).toBe("not_found");
    });

    test("of concurrent changes against one version one is written", async () => {
      const scene = await open();
      const made = await subscribe(scene);
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          scene.store.changeSubscription({ ...made, maxAttempts: index + 1, version: 2 }),
        ),
      );
      expect(outcomes.toSorted()).toEqual(["changed", ...Array.from({ length: 5 }, () => "conflict")]);
    });

    test("a change of name takes a free name, frees the old one, and is refused a taken one", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const one = await subscribe(scene, { name: "one" });
      const two = await subscribe(scene, { name: "two" });
      expect(await store.changeSubscription({ ...two, name: "one", version: 2 })).toBe("name_taken");
      const renamed = await change(scene, one.id, { name: "three" });
      expect(await store.readSubscriptionByName(projectId, "one")).toBeNull();
      expect(await store.readSubscriptionByName(projectId, "three")).toEqual(renamed);
      expect(await store.changeSubscription({ ...two, name: "one", version: 2 })).toBe("changed");
    });

    test("a change into the identity of another is a conflict", async () => {
      const scene = await open();
      await subscribe(scene, { identity: "one" });
      const two = await subscribe(scene, { identity: "two" });
      expect(await scene.store.changeSubscription({ ...two, identity: "one", version: 2 })).toBe("conflict");
    });

    test("the list goes by id, page by page, without deleted ones", async () => {
      const scene = await open();
      const made = [];
      for (let index = 0; index < 4; index++)
        made.push(await subscribe(scene, { labels: [`l${index % 2}`] }));
      await change(scene, made[1]?.id ?? "", { state: "deleted" });
      await change(scene, made[2]?.id ?? "", { state: "ended" });
      const list = async (label: string | null) => {
        const ids: string[] = [];
        for (let afterId: string | null = null; ; ) {
          const request = { projectId: scene.projectId, label, afterId, limit: 2 };
          const page: string[] = (await scene.store.listSubscriptions(request)).map(({ id }) => id);
          if (page.length === 0) return ids;
          ids.push(...page);
          afterId = page.at(-1) ?? null;
        }
      };
      const main = await scene.store.readSubscriptionByName(scene.projectId, "main");
      expect(await list(null)).toEqual([main?.id, made[0]?.id, made[2]?.id, made[3]?.id]);
      expect(await list("l1")).toEqual([made[3]?.id]);
    });

    test("the match set holds what matches, and what changes it raises its version", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const start = await store.readMatchSet(projectId, null);
      const made = await subscribe(scene);
      const created = await store.readMatchSet(projectId, start.version);
      await change(scene, made.id, { sealed: Uint8Array.of(9, 9) });
      const sealed = await store.readMatchSet(projectId, created.version);
      await change(scene, made.id, { expiresAt: T0 + 1_000_000 });
      const limited = await store.readMatchSet(projectId, sealed.version);
      await change(scene, made.id, { state: "ended" });
      const ended = await store.readMatchSet(projectId, limited.version);
      const sets = [start, created, sealed, limited, ended];
      expect(sets.map(({ subscriptions }) => subscriptions?.length)).toEqual([1, 2, 2, 2, 1]);
      expect(sets.map(({ version }) => version)).toEqual(
        [...new Set(sets.map(({ version }) => version))].sort((a, b) => a - b),
      );
      const unchanged = await store.readMatchSet(projectId, ended.version);
      expect(unchanged).toEqual({ version: ended.version, subscriptions: null });
    });

    test("a change that matches alike leaves the version", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const made = await subscribe(scene);
      const { version } = await store.readMatchSet(projectId, null);
      await change(scene, made.id, { state: "paused" });
      await change(scene, made.id, { state: "disabled", stateReason: "failing", failingSince: T0 });
      await change(scene, made.id, { labels: ["x"], maxAttempts: 3, catchUpTo: T0, updatedAt: T0 + 1 });
      expect(await store.readMatchSet(projectId, version)).toEqual({ version, subscriptions: null });
    });

    test("a write in one project leaves the match set of another", async () => {
      const scene = await open();
      const other = await addProject(scene.store);
      const { version } = await scene.store.readMatchSet(scene.projectId, null);
      await subscribe(other);
      expect(await scene.store.readMatchSet(scene.projectId, version)).toEqual({
        version,
        subscriptions: null,
      });
    });

    test("webhooks are found by the shards of their endpoints, over all projects, page by page", async () => {
      const scene = await open();
      const other = await addProject(scene.store);
      const wanted: string[] = [];
      for (const place of [scene, other])
        for (const endpointShard of [3, 4, 5]) {
          const webhook = { channel: "webhook", endpointShard } as const;
          const { id } = await subscribe(place, webhook);
          if (endpointShard !== 4) wanted.push(`${place.projectId} ${id}`);
          for (const state of ["ended", "deleted"] as const) await subscribe(place, { ...webhook, state });
        }
      await subscribe(scene);
      expect(await listByShards(scene, [5, 3])).toEqual(wanted.toSorted());
    });

    test("those past their expiry are listed until their end is written down", async () => {
      const scene = await open();
      const { store } = scene;
      const { id } = await subscribe(scene, { expiresAt: T0 + 1, state: "paused" });
      await subscribe(scene, { expiresAt: T0 + 2 });
      await subscribe(scene, { expiresAt: T0, state: "ended" });
      await subscribe(scene, { expiresAt: T0, state: "deleted" });
      const listed = async (now: number, limit: number) =>
        (await store.listExpired(now, limit)).map((one) => one.id);
      expect(await listed(T0, 10)).toEqual([]);
      expect(await listed(T0 + 1, 10)).toEqual([id]);
      expect(await listed(T0 + 2, 10)).toHaveLength(2);
      expect(await listed(T0 + 2, 1)).toHaveLength(1);
      await change(scene, id, { state: "ended" });
      expect(await listed(T0 + 1, 10)).toEqual([]);
    });

    test("ended and deleted ones are forgotten in steps when they have stood long enough", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const old = { updatedAt: T0 } as const;
      const ended = await subscribe(scene, { ...old, state: "ended" });
      const deleted = await subscribe(scene, { ...old, state: "deleted" });
      const active = await subscribe(scene, old);
      const young = await subscribe(scene, { state: "deleted", updatedAt: T0 + 1 });
      const steps = [];
      for (let step = 0; step < 3; step++) steps.push(await store.forgetSubscriptions(T0 + 1, 1));
      expect(steps).toEqual([1, 1, 0]);
      for (const { id } of [ended, deleted]) expect(await store.readSubscription(projectId, id)).toBeNull();
      for (const { id } of [active, young])
        expect(await store.readSubscription(projectId, id)).not.toBeNull();
    });
  });
}

async function listByShards({ store }: Scene, shards: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (let after: { projectId: string; id: string } | null = null; ; ) {
    const page: Awaited<ReturnType<Scene["store"]["listByShards"]>> = await store.listByShards({
      shards,
      after,
      limit: 1,
    });
    const last = page.at(-1);
    if (last === undefined) return found;
    found.push(...page.map(({ projectId, id }) => `${projectId} ${id}`));
    after = { projectId: last.projectId, id: last.id };
  }
}
