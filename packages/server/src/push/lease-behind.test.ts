import { afterEach, expect, test } from "vitest";
import { newEvent } from "../flow/testing/open-test-flow.ts";
import { openMemoryStore } from "../store/memory/open-memory-store.ts";
import type { Store } from "../store/store.ts";
import { OK, openReceiver, type Respond } from "./testing/open-receiver.ts";
import { openTestPush, type TestPush, until } from "./testing/open-test-push.ts";

const ILL: Respond = (socket) => socket.write("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n");

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

interface Watched {
  readonly push: TestPush;
  /** Leases of the push loop that were asked for while events were being recorded. */
  readonly leasesBehind: () => number;
  /** Posts an event; resolves when an attempt has ended. */
  post(): Promise<void>;
}

async function openWatched(respond: Respond, writesInOrder = true): Promise<Watched> {
  const receiver = await openReceiver({ respond });
  opened.push(receiver);
  let isRecording = false;
  let leases = 0;
  const push = await openTestPush(async () => watch({ ...(await openMemoryStore()), writesInOrder }));
  opened.push(push);
  await push.subscribe(receiver.url);

  function watch(store: Store): Store {
    return {
      ...store,
      async recordEvents(records) {
        isRecording = true;
        const outcomes = await store.recordEvents(records);
        isRecording = false;
        return outcomes;
      },
      leaseDeliveries(request) {
        if (request.owner !== null && isRecording) leases += 1;
        return store.leaseDeliveries(request);
      },
    };
  }

  return {
    push,
    leasesBehind: () => leases,
    async post() {
      const before = receiver.requests.length;
      await push.flow.acceptEvents(push.projectId, [newEvent()]);
      await until(() => Promise.resolve(receiver.requests.length > before));
      await until(async () => (await countLeased(push)) === 0);
    },
  };
}

async function countLeased({ store, projectId }: TestPush): Promise<number> {
  const [webhook] = (
    await store.listSubscriptions({ projectId, afterId: null, label: null, limit: 10 })
  ).filter(({ channel }) => channel === "webhook");
  return (await store.countDeliveries(projectId, webhook?.id ?? "", "leased")).count;
}

test("for an endpoint that answers well, a delivery is leased while it is being recorded", async () => {
  const { post, leasesBehind } = await openWatched(OK);
  await post();
  expect(leasesBehind()).toBe(0);
  for (let event = 1; event <= 3; event += 1) {
    await post();
    expect(leasesBehind()).toBe(event);
  }
});

test("for one that does not, it is leased when it is recorded", async () => {
  const { post, leasesBehind } = await openWatched(ILL);
  for (let event = 0; event < 3; event += 1) await post();
  expect(leasesBehind()).toBe(0);
});

test("with a store that does not write in order, too", async () => {
  const { post, leasesBehind } = await openWatched(OK, false);
  for (let event = 0; event < 3; event += 1) await post();
  expect(leasesBehind()).toBe(0);
});

test("a loop that has stopped leases nothing any more", async () => {
  const { push, post, leasesBehind } = await openWatched(OK);
  await post();
  await push.loop.stop();
  await push.flow.acceptEvents(push.projectId, [newEvent()]);
  expect(leasesBehind()).toBe(0);
});
