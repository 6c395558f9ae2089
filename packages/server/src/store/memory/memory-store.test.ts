import { expect, test } from "vitest";
import { makeEvent, makeRecord, planFor, T0 } from "../contract/make-records.ts";
import {
  addProject,
  leaseOne,
  liveKey,
  record,
  recordMany,
  releaseAt,
  settle,
  subscribe,
} from "../contract/scene.ts";
import { openMemoryStore } from "./open-memory-store.ts";

const openScene = async () => addProject(await openMemoryStore());

test("nothing that it answers can be changed by its reader", async () => {
  const scene = await openScene();
  const inbox = await subscribe(scene, { labels: ["a"] });
  const { id } = await record(scene, { to: [inbox] });
  const delivery = await leaseOne(scene, { from: inbox });
  await settle(scene, delivery, {
    verb: releaseAt(T0),
    attempt: { startedAt: T0, durationMs: 1, statusCode: 200, errorCode: null, sealedExcerpt: null },
  });
  const [event] = await scene.store.readEvents(scene.projectId, [id], T0);
  const subscription = await scene.store.readSubscription(scene.projectId, inbox.id);
  const [attempt] = await scene.store.readAttempts(scene.projectId, liveKey(id, inbox));
  const answers = [delivery, event, event?.tags, subscription, subscription?.labels, attempt];
  expect(answers.map((answer) => answer !== undefined && Object.isFrozen(answer))).toEqual(
    answers.map(() => true),
  );
});

test("a deleted event takes its deliveries, attempts, lane places and plan with it at once", async () => {
  const scene = await openScene();
  const inbox = await subscribe(scene, { ordered: true });
  const { id } = await record(scene, { to: [inbox], key: "k" });
  const { id: planned } = await record(scene, { to: [inbox], key: "other", isWide: true });
  for (const eventId of [id, planned]) await scene.store.deleteEvent(scene.projectId, eventId, T0);
  expect(await scene.store.readDeliveriesOfEvents(scene.projectId, [id])).toEqual([]);
  expect(await scene.store.readLane(scene.projectId, inbox.id, "k")).toBeNull();
  expect(await scene.store.listPlans(9)).toEqual([]);
  expect(await scene.store.countDeliveries(scene.projectId, inbox.id, "pending")).toEqual({
    count: 0,
    more: false,
  });
});

test("an event id that is stored already is a mistake of the caller", async () => {
  const { store, projectId } = await openScene();
  const event = makeEvent(projectId);
  await store.recordEvents([makeRecord(event)]);
  await expect(store.recordEvents([makeRecord(event)])).rejects.toThrow("stored already");
});

test("a lease out of a hundred thousand waiting looks at no more than it needs", async () => {
  const scene = await openScene();
  const inbox = await subscribe(scene);
  const plan = planFor(inbox);
  const events = Array.from({ length: 100_000 }, () => makeEvent(scene.projectId));
  await scene.store.recordEvents(events.map((event) => makeRecord(event, { plan })));
  // Looking at all of them in each of the thousand leases would take minutes.
  for (let round = 0; round < 1_000; round++) await leaseOne(scene, { from: inbox });
  expect((await scene.store.countDeliveries(scene.projectId, inbox.id, "leased")).count).toBe(1_000);
});

test("waiting events of one lane are kept as cheaply", async () => {
  const scene = await openScene();
  const inbox = await subscribe(scene, { ordered: true });
  const plan = planFor(inbox);
  const events = Array.from({ length: 20_000 }, () => makeEvent(scene.projectId, { orderingKeyIndex: "k" }));
  await scene.store.recordEvents(events.map((event) => makeRecord(event, { plan })));
  for (const { id } of events.slice(0, 1_000)) {
    const delivery = await leaseOne(scene, { from: inbox });
    expect(delivery.eventId).toBe(id);
    await settle(scene, delivery, { verb: { kind: "acknowledge" } });
  }
});

test("pages of deliveries end after 5,000 rows that were looked at", async () => {
  const scene = await openScene();
  const [inbox, other] = [await subscribe(scene), await subscribe(scene)];
  const plan = planFor(other);
  const events = Array.from({ length: 5_000 }, () => makeEvent(scene.projectId));
  await scene.store.recordEvents(events.map((event) => makeRecord(event, { plan })));
  const [wanted] = await recordMany(scene, 1, { to: [inbox] });
  const request = {
    projectId: scene.projectId,
    subscriptionId: inbox.id,
    eventId: null,
    state: null,
    createdFrom: null,
    createdTo: null,
    limit: 10,
    now: T0,
  };
  const first = await scene.store.listDeliveries({ ...request, after: null });
  expect([first.views, first.after?.eventId]).toEqual([[], events.at(-1)?.id]);
  const second = await scene.store.listDeliveries({ ...request, after: first.after });
  expect(second.views.map(({ delivery }) => delivery.eventId)).toEqual([wanted]);
  expect(second.after).toBeNull();
});
