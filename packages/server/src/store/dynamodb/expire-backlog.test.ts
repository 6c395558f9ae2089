import { afterEach, expect, test } from "vitest";
import { openS3Blobs } from "../../blobs/open-s3-blobs.ts";
import { DAY, idAt, makeEvent, makeRecord, planFor, T0 } from "../contract/make-records.ts";
import { ACKNOWLEDGE, addProject, leaseOne, record, settle, subscribe } from "../contract/scene.ts";
import type { Store } from "../store.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { countUnits } from "./testing/count-units.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

const MINUTE = 60_000;
const opened: Store[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

/** A store that leaves retention to the storage, as it does in production. */
async function open() {
  const place = await openTestTables();
  const counter = countUnits();
  const tuning = { copiesLastMs: 0, feedDelayMs: 0, storeTime: () => T0, configure: counter.configure };
  const store = await openDynamoStore(place, tuning);
  opened.push(store);
  const scene = await addProject(store);
  const sweep = (now: number) =>
    store.expireEvents({
      ...{ projectId: scene.projectId, now, afterId: null, limit: 100 },
      ...{ settledBefore: now - 30 * DAY, backlogBefore: now - 90 * DAY, goneBefore: now - 97 * DAY },
    });
  return { ...scene, place, counter, sweep, inbox: await subscribe(scene) };
}

test("what is open past the backlog's age goes dead and is told once; settled rows stay for the storage's TTL", async () => {
  const scene = await open();
  const { store, projectId, inbox, sweep } = scene;
  const { id: settled } = await record(scene, { to: [inbox] });
  await settle(scene, await leaseOne(scene, { from: inbox }), { verb: ACKNOWLEDGE });
  const { id: eventId } = await record(scene, { to: [inbox] });
  expect(await sweep(T0 + 89 * DAY)).toEqual({ removed: 0, expired: [], nextId: null });
  const now = T0 + 90 * DAY + MINUTE;
  const expired = [{ subscriptionId: inbox.id, eventId }];
  expect(await sweep(now)).toEqual({ removed: 0, expired, nextId: null });
  expect(await sweep(now + MINUTE)).toEqual({ removed: 0, expired: [], nextId: null });
  expect((await store.readEvents(projectId, [settled, eventId], T0)).map(({ id }) => id)).toEqual([
    settled,
    eventId,
  ]);
});

test("a round between the daily ones writes nothing and reads next to nothing", async () => {
  const { counter, sweep, store, projectId, inbox } = await open();
  const events = Array.from({ length: 50 }, () => makeEvent(projectId));
  await store.recordEvents(events.map((event) => makeRecord(event, { plan: planFor(inbox) })));
  const now = T0 + 95 * DAY;
  expect((await sweep(now)).expired).toHaveLength(50);
  counter.take();
  await sweep(now + 2 * MINUTE);
  const { write, read } = counter.take();
  expect(write).toBe(0);
  expect(read).toBeLessThanOrEqual(3);
});

test("a delivery that a replay made of an old event goes dead within a day", async () => {
  const scene = await open();
  const { store, projectId, inbox, sweep } = scene;
  const { id: eventId } = await record(scene, { to: [inbox] });
  const now = T0 + 91 * DAY;
  await sweep(now);
  const added = { eventId, subscriptionId: inbox.id, cause: idAt(now), dueAt: now };
  const wish = { ...added, ordered: false, parks: false, takesNewPosition: false };
  expect(await store.addDeliveries({ projectId, deliveries: [wish], now })).toBe(1);
  expect((await sweep(now + DAY)).expired).toEqual([{ subscriptionId: inbox.id, eventId }]);
});

test("contents in S3 without an event are swept once a day", async () => {
  const scene = await open();
  const { projectId, sweep, place } = scene;
  await record(scene, { to: [], event: { sealed: new Uint8Array(300_000) } });
  const { region, bucket, bucketEndpoint: endpoint } = place;
  const blobs = openS3Blobs({ region, bucket, endpoint });
  const orphan = `${projectId}/${idAt(T0)}`;
  await sweep(T0 + DAY);
  await blobs.put(orphan, new Uint8Array(9));
  await sweep(T0 + DAY + MINUTE);
  expect(await blobs.read(orphan)).not.toBeNull();
  await sweep(T0 + 2 * DAY);
  expect(await blobs.read(orphan)).toBeNull();
  blobs.close();
});

test("whoever reads the feed from before what is gone by its last date is told so", async () => {
  const scene = await open();
  const { store, projectId, sweep } = scene;
  await record(scene, { to: [] });
  const after = await store.seekFeed(projectId, T0);
  await sweep(T0 + 98 * DAY);
  const request = { projectId, after, subjectIndex: null, limit: 9, now: T0 + 98 * DAY };
  expect(await store.readFeed(request)).toEqual({ outcome: "expired" });
});
