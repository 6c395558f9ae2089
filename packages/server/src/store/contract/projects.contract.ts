import { describe, expect, test } from "vitest";
import {
  bytesOf,
  DAY,
  idAt,
  makeCredential,
  makeEvent,
  makeJob,
  makeProject,
  makeRecord,
  makeSubscription,
  T0,
} from "./make-records.ts";
import { addProject, type OpenScene, record, recordMany, subscribe } from "./scene.ts";

export function describeProjects(open: OpenScene): void {
  describe("projects", () => {
    test("a project is there at once with its keys, its main inbox and its credential", async () => {
      const { store } = await open();
      const made = makeProject();
      expect(await store.createProject(made, false)).toBe("created");
      const { id } = made.project;
      expect(await store.readProject(id)).toEqual(made.project);
      expect(await store.readKeys(id)).toEqual(made.keys);
      expect(await store.readSubscriptionByName(id, "main")).toEqual(made.mainInbox);
      expect(await store.readCredential(made.credential.tokenHash)).toEqual(made.credential);
    });

    test("the first project is made only while there is none", async () => {
      const { store, projectId } = await open();
      const made = makeProject();
      expect(await store.createProject(made, true)).toBe("exists");
      expect(await store.readProject(made.project.id)).toBeNull();
      expect(await store.readCredential(made.credential.tokenHash)).toBeNull();
      expect((await store.listProjects({ afterId: null, limit: 10 })).map(({ id }) => id)).toEqual([
        projectId,
      ]);
    });

    test("projects are listed by id, page by page", async () => {
      const scene = await open();
      const ids = [scene.projectId];
      for (let made = 0; made < 3; made++) ids.push((await addProject(scene.store)).projectId);
      const pages = [];
      for (const afterId of [null, ids[1] ?? "", ids[3] ?? ""])
        pages.push((await scene.store.listProjects({ afterId, limit: 2 })).map(({ id }) => id));
      expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), []]);
    });

    test("a project is renamed", async () => {
      const { store, projectId } = await open();
      expect(await store.renameProject(projectId, "new name")).toBe("changed");
      expect(await store.readProject(projectId)).toMatchObject({ id: projectId, name: "new name" });
      expect(await store.renameProject(idAt(T0), "new name")).toBe("not_found");
    });

    test("keys are added and read oldest first", async () => {
      const { store, projectId } = await open();
      const key = { id: "data-2", kind: "data", wrapped: bytesOf("wrapped"), createdAt: T0 + DAY } as const;
      expect(await store.addKey(projectId, key)).toBe("added");
      expect((await store.readKeys(projectId)).map(({ id }) => id)).toEqual(["index", "data-1", "data-2"]);
      expect((await store.readKeys(projectId)).at(-1)).toEqual(key);
      expect(await store.addKey(idAt(T0), key)).toBe("no_project");
      expect(await store.readKeys(idAt(T0))).toEqual([]);
    });

    test("a deleted project is closed at once: no key, no credential, no read, no write", async () => {
      const scene = await open();
      const { store } = scene;
      const made = makeProject();
      await store.createProject(made, false);
      const { id } = made.project;
      const gone = { store, projectId: id };
      const webhook = await subscribe(gone, { channel: "webhook", endpointShard: 1, expiresAt: T0 + 1 });
      const event = await record(gone, { to: [webhook], isWide: true });
      expect(await store.deleteProject(id, T0)).toBe("deleted");
      expect(await store.deleteProject(id, T0)).toBe("not_found");
      expect(await store.readProject(id)).toBeNull();
      expect((await store.listProjects({ afterId: null, limit: 10 })).map((one) => one.id)).toEqual([
        scene.projectId,
      ]);
      expect(await store.readKeys(id)).toEqual([]);
      expect(await store.readCredential(made.credential.tokenHash)).toBeNull();
      expect(await store.readCredentialById(id, made.credential.id)).toBeNull();
      expect(await store.readEvents(id, [event.id], T0)).toEqual([]);
      expect(await store.readSubscription(id, webhook.id)).toBeNull();
      expect(await store.listByShards({ shards: [1], after: null, limit: 10 })).toEqual([]);
      expect(await store.listExpired(T0 + DAY, 10)).toEqual([]);
      expect(await store.listPlans(10)).toEqual([]);
      const expand = { projectId: id, eventId: event.id, limit: 10, now: T0 };
      expect(await store.expandPlan(expand)).toEqual({ outcome: "no_plan" });
      expect(await store.recordEvents([makeRecord(makeEvent(id))])).toEqual([{ outcome: "no_project" }]);
      expect(await store.createSubscription(makeSubscription(id))).toEqual({ outcome: "no_project" });
      expect(await store.createCredential(makeCredential(id))).toBe("no_project");
      const key = { id: "late", kind: "data", wrapped: bytesOf("wrapped"), createdAt: T0 } as const;
      expect(await store.addKey(id, key)).toBe("no_project");
    });

    test("what a deleted project left is removed in steps, and other projects stay whole", async () => {
      const scene = await open();
      const { store } = scene;
      const gone = await addProject(store);
      const job = makeJob(gone.projectId, { kind: "delete_project" });
      await store.createJob(job);
      const [mine, theirs] = [await subscribe(scene), await subscribe(gone, { ordered: true })];
      const kept = await recordMany(scene, 3, { to: [mine] });
      await recordMany(gone, 5, { to: [theirs], key: "k" });
      await store.deleteProject(gone.projectId, T0);
      let steps = 0;
      while ((await store.purgeProject(gone.projectId, 2)) > 0) steps += 1;
      expect(steps).toBeGreaterThan(1);
      expect(await store.purgeProject(gone.projectId, 2)).toBe(0);
      expect(await store.readEvents(scene.projectId, kept, T0)).toHaveLength(3);
      expect((await store.countDeliveries(scene.projectId, mine.id, "pending")).count).toBe(3);
      const held = await store.takeJob({ kinds: ["delete_project"], now: T0, until: T0 + DAY });
      expect(held?.job).toEqual(job);
    });

    test("a project that was not deleted is not purged", async () => {
      const scene = await open();
      const ids = await recordMany(scene, 2, { to: [] });
      expect(await scene.store.purgeProject(scene.projectId, 10)).toBe(0);
      expect(await scene.store.readEvents(scene.projectId, ids, T0)).toHaveLength(2);
    });

    test("a setting is written once and then stands", async () => {
      const { store } = await open();
      expect(await store.readSetting("check")).toBeNull();
      expect(await store.putSetting("check", bytesOf("first"))).toEqual(bytesOf("first"));
      expect(await store.putSetting("check", bytesOf("second"))).toEqual(bytesOf("first"));
      expect(await store.readSetting("check")).toEqual(bytesOf("first"));
    });

    test("concurrent writers of a setting all get the one that stands", async () => {
      const { store } = await open();
      const values = ["a", "b", "c", "d"].map((text) => bytesOf(text));
      const standing = await Promise.all(values.map((value) => store.putSetting("check", value)));
      expect(new Set(standing.map((value) => Buffer.from(value).toString())).size).toBe(1);
      expect(await store.readSetting("check")).toEqual(standing[0]);
    });

    test("the store is healthy and tells its kind and its clock", async () => {
      const { store } = await open();
      await expect(store.checkHealth()).resolves.toBeUndefined();
      expect(store.kind).toMatch(/^[a-z]+$/);
      expect(store.matchDelayMs).toBeGreaterThanOrEqual(0);
      expect(Math.abs(await store.clockOffsetMs(Date.now))).toBeLessThan(5_000);
    });
  });

  describe("the first of several projects made at once", () => {
    test("wins, and the others find it made", async () => {
      const { store, projectId } = await open();
      await store.deleteProject(projectId, T0);
      while ((await store.purgeProject(projectId, 100)) > 0);
      const projects = Array.from({ length: 4 }, () => makeProject());
      const outcomes = await Promise.all(projects.map((made) => store.createProject(made, true)));
      expect(outcomes.toSorted()).toEqual(["created", "exists", "exists", "exists"]);
      expect(await store.listProjects({ afterId: null, limit: 10 })).toHaveLength(1);
    });
  });
}
