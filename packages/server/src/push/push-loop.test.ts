import { afterEach, expect, test } from "vitest";
import { newEvent } from "../flow/testing/open-test-flow.ts";
import { OK, openReceiver, type Receiver, type Respond } from "./testing/open-receiver.ts";
import { openTestPush, type TestPush, until } from "./testing/open-test-push.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function open(respond: Respond = OK): Promise<{ push: TestPush; receiver: Receiver }> {
  const receiver = await openReceiver({ respond });
  opened.push(receiver);
  const push = await openTestPush();
  opened.push(push);
  return { push, receiver };
}

function answer(status: number, headers = ""): Respond {
  return (socket) => socket.write(`HTTP/1.1 ${status} Answer\r\n${headers}content-length: 0\r\n\r\n`);
}

async function states({ store, projectId }: TestPush): Promise<readonly string[]> {
  const { views } = await store.listDeliveries({
    ...{ projectId, subscriptionId: null, eventId: null, state: null, createdFrom: null, createdTo: null },
    ...{ after: null, limit: 1_000, now: Date.now() },
  });
  return views.map(({ delivery }) => delivery.state);
}

test("an accepted event reaches its webhook once, byte for byte, and is acknowledged", async () => {
  const { push, receiver } = await open();
  await push.subscribe(receiver.url);
  const payload = Buffer.from('{ "n":9007199254740993 }');
  await push.flow.acceptEvents(push.projectId, [newEvent({ payload })]);
  await until(async () => (await states(push)).join() === "acknowledged");
  expect(receiver.requests.map(({ body }) => body.toString())).toEqual([payload.toString()]);
  expect(push.errors).toEqual([]);
});

test("a failing endpoint gets the delivery again until it takes it, each attempt on record", async () => {
  const { push, receiver } = await open((socket, request, count) =>
    (count < 3 ? answer(500) : OK)(socket, request, count),
  );
  await push.subscribe(receiver.url);
  await push.flow.acceptEvents(push.projectId, [newEvent()]);
  await until(async () => (await states(push)).join() === "acknowledged");
  const { views } = await push.flow.listDeliveries({
    ...{
      projectId: push.projectId,
      subscriptionId: null,
      eventId: null,
      state: null,
      createdFrom: null,
      createdTo: null,
    },
    ...{ after: null, limit: 10 },
  });
  const [view] = views;
  if (view === undefined) throw new Error("there is no delivery");
  const { attempts } = await push.flow.readDelivery(push.projectId, view.delivery);
  expect(attempts.map(({ number, statusCode }) => [number, statusCode])).toEqual([
    [1, 500],
    [2, 500],
    [3, 200],
  ]);
  const ids = receiver.requests.map(({ head }) => /webhook-id: (\S+)/i.exec(head)?.[1]);
  expect(new Set(ids).size).toBe(1);
});

test("a delivery whose attempts are used up is dead, the owner is told, and a redrive sends it again", async () => {
  let isIll = true;
  const { push, receiver } = await open((socket, request, count) =>
    (isIll ? answer(500) : OK)(socket, request, count),
  );
  const { view } = await push.subscribe(receiver.url, { maxAttempts: 2, filter: { type: ["order"] } });
  await push.flow.acceptEvents(push.projectId, [newEvent({ type: "order" })]);
  await until(async () => (await states(push)).includes("dead"));
  const main = await push.flow.findInbox(push.projectId, "main");
  await until(async () => (await push.store.countDeliveries(push.projectId, main.id, "pending")).count === 1);
  const { views } = await push.flow.listDeliveries({
    ...{ projectId: push.projectId, subscriptionId: view.subscription.id, eventId: null, state: "dead" },
    ...{ createdFrom: null, createdTo: null, after: null, limit: 10 },
  });
  expect(views.map(({ delivery }) => [delivery.attempt, delivery.stateReason])).toEqual([[2, "http_500"]]);
  isIll = false;
  if (views[0] !== undefined) await push.flow.redriveDelivery(push.projectId, views[0].delivery);
  await until(async () => (await states(push)).includes("acknowledged"));
  expect(receiver.requests).toHaveLength(3);
});

test("410 ends the subscription: what waits goes dead as gone, nothing more is sent, one notice for all", async () => {
  const { push, receiver } = await open(answer(410));
  const { view } = await push.subscribe(receiver.url, {
    webhook: { maxInFlight: 1 },
    filter: { type: ["order"] },
  });
  await push.flow.acceptEvents(
    push.projectId,
    Array.from({ length: 20 }, () => newEvent({ type: "order" })),
  );
  await until(
    async () => (await push.store.countDeliveries(push.projectId, view.subscription.id, "dead")).count === 20,
  );
  const { subscription } = await push.flow.readSubscription(push.projectId, view.subscription.id);
  expect([subscription.state, subscription.stateReason]).toEqual(["ended", "gone"]);
  const main = await push.flow.findInbox(push.projectId, "main");
  await until(async () => (await push.store.countDeliveries(push.projectId, main.id, "pending")).count === 1);
  expect(receiver.requests).toHaveLength(1);
});

test("a paused webhook collects and gets nothing; resumed, it gets everything", async () => {
  const { push, receiver } = await open();
  const { view } = await push.subscribe(receiver.url);
  await push.flow.pauseSubscription(push.projectId, view.subscription.id);
  await push.flow.acceptEvents(
    push.projectId,
    Array.from({ length: 5 }, () => newEvent()),
  );
  await push.loop.tick();
  expect(receiver.requests).toHaveLength(0);
  await push.flow.resumeSubscription(push.projectId, view.subscription.id);
  await until(() => receiver.requests.length === 5);
});

test("no more requests than max_in_flight are open at a time", async () => {
  let open_ = 0;
  let most = 0;
  const { push, receiver } = await open((socket, request, count) => {
    open_ += 1;
    most = Math.max(most, open_);
    setTimeout(() => {
      open_ -= 1;
      OK(socket, request, count);
    }, 20);
  });
  await push.subscribe(receiver.url, { webhook: { maxInFlight: 3 } });
  await push.flow.acceptEvents(
    push.projectId,
    Array.from({ length: 30 }, () => newEvent()),
  );
  await until(() => receiver.requests.length === 30);
  expect(most).toBe(3);
});

test("a dead endpoint takes no place of another", async () => {
  const { push, receiver } = await open();
  const dead = await openReceiver({ respond: () => {} });
  opened.push(dead);
  for (let n = 0; n < 5; n++) await push.subscribe(`${dead.url}?${n}`, { webhook: { timeoutSeconds: 2 } });
  await push.subscribe(receiver.url);
  await push.flow.acceptEvents(
    push.projectId,
    Array.from({ length: 50 }, () => newEvent()),
  );
  await until(() => receiver.requests.length === 50, 1_500);
});

test("the events of one key arrive one after another in order, although the endpoint fails at random", async () => {
  const seen: number[] = [];
  const { push, receiver } = await open((socket, request, count) => {
    const { n } = JSON.parse(request.body.toString()) as { n: number };
    if (count % 3 === 0) return answer(503)(socket, request, count);
    seen.push(n);
    OK(socket, request, count);
  });
  await push.subscribe(receiver.url, { ordered: true, scheduleSeconds: [0, 0.01], maxAttempts: 50 });
  for (let n = 0; n < 30; n++) {
    await push.flow.acceptEvents(push.projectId, [
      newEvent({ orderingKey: "k", payload: Buffer.from(`{"n":${n}}`) }),
    ]);
  }
  await until(() => seen.length === 30);
  expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n));
});

test("what is accepted before a webhook existed is sent to it once with start_from earliest, under live ingest", async () => {
  const { push, receiver } = await open();
  const accept = (count: number) =>
    push.flow.acceptEvents(
      push.projectId,
      Array.from({ length: count }, () => newEvent()),
    );
  await accept(600);
  const live = accept(200);
  await push.subscribe(receiver.url, { startFrom: "earliest" });
  await Promise.all([live, accept(100)]);
  await until(() => receiver.requests.length >= 900);
  const ids = receiver.requests.map(({ head }) => /webhook-id: (\S+)/i.exec(head)?.[1]);
  expect(new Set(ids).size).toBe(900);
  expect(ids).toHaveLength(900);
});

test("a stop lets running requests end, settles them, and gives back what did not run", async () => {
  const { push, receiver } = await open((socket, request, count) =>
    setTimeout(() => OK(socket, request, count), 50),
  );
  await push.subscribe(receiver.url, { webhook: { maxInFlight: 5 } });
  await push.flow.acceptEvents(
    push.projectId,
    Array.from({ length: 20 }, () => newEvent()),
  );
  await until(() => receiver.requests.length >= 5);
  await push.loop.stop();
  const now = await states(push);
  expect(now.filter((state) => state === "leased")).toEqual([]);
  expect(now.filter((state) => state === "acknowledged")).toHaveLength(receiver.requests.length);
  expect(push.errors).toEqual([]);
});
