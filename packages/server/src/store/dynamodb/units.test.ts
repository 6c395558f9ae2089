import { describe, expect, test } from "vitest";
import { makeIdempotency, SECOND, T0 } from "../contract/make-records.ts";
import {
  ACKNOWLEDGE,
  lease,
  leaseOne,
  record,
  recordMany,
  releaseAt,
  settle,
  subscribe,
} from "../contract/scene.ts";
import { EVENT, openCounted } from "./testing/count-operations.ts";

describe("write units of an event of 1 KB with one match, its places in the indexes included", () => {
  test.each([
    ["without an idempotency key", null, 4],
    ["with an idempotency key", makeIdempotency("key"), 5],
  ])("%s", async (_how, idempotency, recorded) => {
    const scene = await openCounted();
    const { counter } = scene;
    const inbox = await subscribe(scene);
    counter.take();
    await record(scene, { to: [inbox], event: EVENT, idempotency });
    expect(counter.take().write).toBe(recorded);
    const delivery = await leaseOne(scene, { from: inbox });
    expect(counter.take().write).toBe(2);
    expect(await settle(scene, delivery, { verb: ACKNOWLEDGE })).toBe("settled");
    expect(counter.take().write).toBe(2);
    await scene.store.close();
  });

  test("a retry takes three more for its place, and two for the lease that follows", async () => {
    const scene = await openCounted();
    const { counter } = scene;
    const inbox = await subscribe(scene);
    await record(scene, { to: [inbox], event: EVENT });
    const delivery = await leaseOne(scene, { from: inbox });
    counter.take();
    await settle(scene, delivery, { verb: releaseAt(T0 + 5 * SECOND) });
    expect(counter.take().write).toBe(3);
    await leaseOne(scene, { from: inbox, now: T0 + 6 * SECOND });
    expect(counter.take().write).toBe(2);
    await scene.store.close();
  });
});

describe("read units", () => {
  test("of a lease: one query, subscription, and for each event that it is there", async () => {
    const scene = await openCounted();
    const inbox = await subscribe(scene);
    await recordMany(scene, 10, { to: [inbox], event: EVENT });
    scene.counter.take();
    expect(await lease(scene, { from: inbox })).toHaveLength(10);
    expect(scene.counter.take().read).toBeLessThanOrEqual(14);
    await scene.store.close();
  });

  test("of a lease that finds nothing: a query and the subscription", async () => {
    const scene = await openCounted();
    const inbox = await subscribe(scene);
    scene.counter.take();
    expect(await lease(scene, { from: inbox })).toEqual([]);
    const { write, read } = scene.counter.take();
    expect(write).toBe(0);
    expect(read).toBeLessThanOrEqual(1.5);
    await scene.store.close();
  });
});
