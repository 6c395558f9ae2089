import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { openS3Blobs } from "../../blobs/open-s3-blobs.ts";
import { idAt, makeEvent, makeRecord, T0 } from "../contract/make-records.ts";
import { addProject, record, type Scene } from "../contract/scene.ts";
import { type DynamoPlace, openDynamoStore } from "./open-dynamo-store.ts";
import { INLINE_BYTES } from "./rows.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

const HOUR = 3_600_000;
const LARGE = INLINE_BYTES + 1;

async function open(): Promise<
  Scene & { readonly place: DynamoPlace; readonly blobs: ReturnType<typeof openS3Blobs> }
> {
  const place = await openTestTables();
  const store = await openDynamoStore(place, {
    feedDelayMs: 0,
    copiesLastMs: 0,
    storeTime: () => T0,
    removesEarly: true,
  });
  const { region, bucket, bucketEndpoint: endpoint } = place;
  return { ...(await addProject(store)), place, blobs: openS3Blobs({ region, bucket, endpoint }) };
}

test.each([INLINE_BYTES, LARGE, 3 * 1_024 * 1_024])(
  "a content of %i bytes comes back as it was",
  async (bytes) => {
    const scene = await open();
    const { store, projectId } = scene;
    const sealed = new Uint8Array(bytes).map((_, index) => index % 251);
    const event = await record(scene, {
      to: [],
      event: { sealed, subjectIndex: "s", orderingKeyIndex: "k" },
    });
    const [read] = await store.readEvents(projectId, [event.id], T0);
    expect(Buffer.compare(read?.sealed ?? new Uint8Array(), sealed)).toBe(0);
    const list = { projectId, now: T0, beforeId: null, fromId: null, limit: 9 };
    for (const subjectIndex of [null, "s"])
      expect((await store.listEvents({ ...list, subjectIndex }))[0]?.sealed.byteLength).toBe(bytes);
    const page = await store.readFeed({ projectId, after: null, subjectIndex: null, limit: 9, now: T0 });
    expect(page.outcome === "page" ? page.items[0]?.event.sealed.byteLength : 0).toBe(bytes);
  },
);

test("a deleted event takes its content with it", async () => {
  const scene = await open();
  const { id } = await record(scene, { to: [], event: { sealed: new Uint8Array(LARGE) } });
  const key = `${scene.projectId}/${id}`;
  expect(await scene.blobs.read(key)).not.toBeNull();
  await scene.store.deleteEvent(scene.projectId, id, T0);
  expect(await scene.blobs.read(key)).toBeNull();
});

test("a content whose event never came is swept after an hour, and its event cannot come any more", async () => {
  const scene = await open();
  const { store, projectId, blobs } = scene;
  const { id: kept } = await record(scene, { to: [], event: { sealed: new Uint8Array(LARGE) } });
  const orphan = idAt(T0);
  await blobs.put(`${projectId}/${orphan}`, new Uint8Array(9));
  const bounds = { settledBefore: T0, backlogBefore: T0, goneBefore: T0, afterId: null, limit: 9 };
  await store.expireEvents({ projectId, now: T0 + HOUR, ...bounds });
  expect(await blobs.read(`${projectId}/${orphan}`)).not.toBeNull();
  await store.expireEvents({ projectId, now: T0 + HOUR + 1, ...bounds });
  expect(await blobs.read(`${projectId}/${orphan}`)).toBeNull();
  expect(await blobs.read(`${projectId}/${kept}`)).not.toBeNull();
  const late = makeRecord(makeEvent(projectId, { id: orphan }));
  await expect(store.recordEvents([late])).rejects.toMatchObject({ code: "storage_unavailable" });
});

test("an event whose content cannot be put is not accepted", async () => {
  const { place, projectId } = await open();
  const store = await openDynamoStore({ ...place, bucket: "no-such-bucket" }, { storeTime: () => T0 });
  const event = makeEvent(projectId, { sealed: new Uint8Array(LARGE) });
  const refused = store.recordEvents([makeRecord(event)]);
  await expect(refused).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await store.readEvents(projectId, [event.id], T0)).toEqual([]);
});

describe("when S3 answers 503", () => {
  const openFailing = async (failures: number) => {
    const place = await openTestTables();
    const failing = await failFirst(place.bucketEndpoint ?? "", failures);
    const store = await openDynamoStore({ ...place, bucketEndpoint: failing.url }, { storeTime: () => T0 });
    return { ...(await addProject(store)), failing };
  };

  test("now and then, a content is put all the same", async () => {
    const { store, projectId, failing } = await openFailing(2);
    const event = makeEvent(projectId, { sealed: new Uint8Array(LARGE) });
    expect(await store.recordEvents([makeRecord(event)])).toMatchObject([{ outcome: "created" }]);
    expect((await store.readEvents(projectId, [event.id], T0))[0]?.sealed.byteLength).toBe(LARGE);
    expect(failing.refused()).toBe(2);
    await failing.close();
  });

  test("all the time, its event is not accepted, and small ones are", async () => {
    const { store, projectId, failing } = await openFailing(Number.POSITIVE_INFINITY);
    const [large, small] = [makeEvent(projectId, { sealed: new Uint8Array(LARGE) }), makeEvent(projectId)];
    await expect(store.recordEvents([makeRecord(large)])).rejects.toMatchObject({
      code: "storage_unavailable",
    });
    expect(await store.recordEvents([makeRecord(small)])).toMatchObject([{ outcome: "created" }]);
    expect((await store.readEvents(projectId, [large.id, small.id], T0)).map(({ id }) => id)).toEqual([
      small.id,
    ]);
    await failing.close();
  });
});

/** A way to the bucket on which the first requests are answered 503. */
async function failFirst(endpoint: string, failures: number) {
  const { hostname, port } = new URL(endpoint);
  let refused = 0;
  const server = createServer((incoming, answer) => {
    if (refused < failures) {
      refused += 1;
      incoming.resume().on("end", () => answer.writeHead(503).end());
      return;
    }
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers }, (reply) => {
      reply.pipe(answer.writeHead(reply.statusCode ?? 500, reply.headers));
    });
    incoming.pipe(outgoing);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    refused: () => refused,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
