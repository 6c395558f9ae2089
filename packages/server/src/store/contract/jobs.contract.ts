import { describe, expect, test } from "vitest";
import { JOB_KINDS, type Job } from "../../domain/job.ts";
import { bytesOf, idAt, makeJob, SECOND, T0 } from "./make-records.ts";
import type { OpenScene, Scene } from "./scene.ts";

export function describeJobs(open: OpenScene): void {
  describe("jobs", () => {
    test("a job comes back exactly as it was created", async () => {
      const scene = await open();
      const job = await create(scene, {
        kind: "back_fill",
        input: new Uint8Array([1, 0, 255]),
        position: "here",
        done: 3,
        total: 9,
      });
      expect(await scene.store.readJob(scene.projectId, job.id)).toEqual(job);
      expect(await scene.store.readJob(scene.projectId, idAt(T0))).toBeNull();
    });

    test("a job is taken by one node at a time", async () => {
      const scene = await open();
      const job = await create(scene);
      const taken = await Promise.all(Array.from({ length: 5 }, () => take(scene)));
      expect(taken.filter((held) => held !== null).map((held) => held?.job)).toEqual([job]);
    });

    test("only running jobs of the wanted kinds are taken", async () => {
      const scene = await open();
      await create(scene, { kind: "replay", state: "done", finishedAt: T0 });
      await create(scene, { kind: "redrive" });
      expect(await take(scene, { kinds: ["replay", "back_fill"] })).toBeNull();
      expect(await take(scene, { kinds: ["back_fill", "redrive"] })).toMatchObject({
        job: { kind: "redrive" },
      });
    });

    test("the job that waited longest is taken first", async () => {
      const scene = await open();
      const second = await create(scene, { createdAt: T0 + 2 });
      const first = await create(scene, { createdAt: T0 + 1 });
      const held = await take(scene);
      expect(held?.job.id).toBe(first.id);
      if (held === null) throw new Error("nothing was taken");
      expect(await scene.store.saveJob(held, T0 + 3)).toBe("saved");
      expect((await take(scene))?.job.id).toBe(second.id);
      expect((await take(scene))?.job.id).toBe(first.id);
    });

    test("progress is saved and the hold prolonged", async () => {
      const scene = await open();
      const held = await takeNew(scene);
      const job = { ...held.job, position: "next", done: 5, total: 10 };
      expect(await scene.store.saveJob({ ...held, job }, T0 + 99 * SECOND)).toBe("saved");
      expect(await scene.store.readJob(scene.projectId, job.id)).toEqual(job);
      expect(await take(scene, { now: T0 + 99 * SECOND - 1 })).toBeNull();
      expect(await take(scene, { now: T0 + 99 * SECOND })).toMatchObject({ job });
    });

    test("a node that lost its job to another writes nothing", async () => {
      const scene = await open();
      const first = await takeNew(scene);
      const second = await take(scene, { now: T0 + 60 * SECOND });
      if (second === null) throw new Error("nothing was taken");
      expect(second.fence).toBeGreaterThan(first.fence);
      const stale = { ...first, job: { ...first.job, done: 1 } };
      expect(await scene.store.saveJob(stale, T0 + 200 * SECOND)).toBe("lost");
      expect(await scene.store.readJob(scene.projectId, first.job.id)).toEqual(first.job);
      expect(await scene.store.saveJob(second, T0 + 200 * SECOND)).toBe("saved");
    });

    test("a hold past its end still saves while nobody took the job", async () => {
      const scene = await open();
      const held = await takeNew(scene);
      expect(await scene.store.saveJob(held, T0)).toBe("saved");
      expect(await scene.store.saveJob(held, T0)).toBe("saved");
    });

    test("a job saved as done is taken no more", async () => {
      const scene = await open();
      const held = await takeNew(scene);
      const job = { ...held.job, state: "done", finishedAt: T0 + 1 } as const;
      expect(await scene.store.saveJob({ ...held, job }, T0)).toBe("saved");
      expect(await take(scene)).toBeNull();
      expect(await scene.store.readJob(scene.projectId, job.id)).toEqual(job);
    });

    test("a cancel ends a running job, also under its holder", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const held = await takeNew(scene);
      expect(await store.cancelJob(projectId, held.job.id, T0 + 7)).toBe("cancelled");
      expect(await store.readJob(projectId, held.job.id)).toEqual({
        ...held.job,
        state: "cancelled",
        finishedAt: T0 + 7,
      });
      expect(await store.saveJob(held, T0 + 200 * SECOND)).toBe("lost");
      expect(await take(scene, { now: T0 + 60 * SECOND })).toBeNull();
    });

    test("a job that ended cannot be cancelled, and an unknown one is not found", async () => {
      const scene = await open();
      const { id } = await create(scene, { state: "failed", error: "no room", finishedAt: T0 });
      expect(await scene.store.cancelJob(scene.projectId, id, T0)).toBe("finished");
      expect(await scene.store.readJob(scene.projectId, id)).toMatchObject({
        state: "failed",
        error: "no room",
      });
      expect(await scene.store.cancelJob(scene.projectId, idAt(T0), T0)).toBe("not_found");
    });

    test("jobs that ended long ago are forgotten in steps, running ones are not", async () => {
      const scene = await open();
      for (const finishedAt of [T0, T0, T0 + 1]) await create(scene, { state: "done", finishedAt });
      const running = await create(scene);
      const steps = [];
      for (let step = 0; step < 3; step++) steps.push(await scene.store.forgetJobs(T0 + 1, 1));
      expect(steps).toEqual([1, 1, 0]);
      expect(await scene.store.readJob(scene.projectId, running.id)).toEqual(running);
    });

    test("bytes that the caller uses again are not the stored ones", async () => {
      const scene = await open();
      const { id, input } = await create(scene, { input: bytesOf("as created") });
      input.fill(0);
      expect((await scene.store.readJob(scene.projectId, id))?.input).toEqual(bytesOf("as created"));
    });
  });
}

async function create({ store, projectId }: Scene, fields: Partial<Job> = {}): Promise<Job> {
  const job = makeJob(projectId, fields);
  await store.createJob(job);
  return job;
}

function take({ store }: Scene, fields: Partial<Parameters<Scene["store"]["takeJob"]>[0]> = {}) {
  return store.takeJob({ kinds: JOB_KINDS, now: T0 + 10 * SECOND, until: T0 + 60 * SECOND, ...fields });
}

async function takeNew(scene: Scene) {
  await create(scene);
  const held = await take(scene);
  if (held === null) throw new Error("nothing was taken");
  return held;
}
