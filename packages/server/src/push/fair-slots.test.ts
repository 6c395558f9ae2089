import { afterEach, expect, test } from "vitest";
import { newEvent } from "../flow/testing/open-test-flow.ts";
import { openMemoryStore } from "../store/memory/open-memory-store.ts";
import { OK, openReceiver, type Receiver, type Respond } from "./testing/open-receiver.ts";
import { openTestPush, type TestPush, until } from "./testing/open-test-push.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function receive(respond: Respond): Promise<Receiver> {
  const receiver = await openReceiver({ respond });
  opened.push(receiver);
  return receiver;
}

async function push(...args: Parameters<typeof openTestPush>): Promise<TestPush> {
  const one = await openTestPush(...args);
  opened.push(one);
  return one;
}

const fail: Respond = (socket) => socket.write("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n");
const pathOf = (head: string): string => head.split(" ")[1] ?? "";

test("all subscriptions of an endpoint are served that may have one request at a time", async () => {
  let open = 0;
  let most = 0;
  const receiver = await receive((socket, request, count) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open -= 1;
      fail(socket, request, count);
    }, 10);
  });
  const { subscribe, flow, projectId } = await push();
  for (let n = 0; n < 9; n++)
    await subscribe(receiver.url, { filter: { type: [`t${n}`] }, scheduleSeconds: [0, 60] });
  await flow.acceptEvents(
    projectId,
    Array.from({ length: 9 }, (_, n) => newEvent({ type: `t${n}`, payload: Buffer.from(String(n)) })),
  );
  await until(() => receiver.requests.length === 9);
  expect(new Set(receiver.requests.map(({ body }) => body.toString())).size).toBe(9);
  expect(most).toBe(1);
});

test("an endpoint that answers is at its full number of requests after a few", async () => {
  let open = 0;
  const inFlight: number[] = [];
  const receiver = await receive((socket, request, count) => {
    inFlight.push(++open);
    setTimeout(() => {
      open -= 1;
      OK(socket, request, count);
    }, 60);
  });
  const { subscribe, flow, projectId } = await push();
  await subscribe(receiver.url, { webhook: { maxInFlight: 50 } });
  await flow.acceptEvents(
    projectId,
    Array.from({ length: 300 }, () => newEvent()),
  );
  await until(() => receiver.requests.length === 300);
  expect(inFlight[0]).toBe(1);
  // One, two, eight: then the rest.
  expect(inFlight.findIndex((count) => count >= 50)).toBeLessThan(11 + 50);
  expect(Math.max(...inFlight)).toBe(50);
});

test("1,200 endpoints that never answer leave slots to one that does, and to a new one", async () => {
  const healthy = await receive(OK);
  const dead = await receive(() => {});
  const { subscribe, flow, projectId } = await push();
  await subscribe(`${healthy.url}/known`, { filter: { type: ["known"] } });
  const accept = (type: string, count: number) =>
    flow.acceptEvents(
      projectId,
      Array.from({ length: count }, () => newEvent({ type })),
    );
  await accept("known", 1);
  await until(() => healthy.requests.length === 1);
  for (let n = 0; n < 1_200; n++)
    await subscribe(`${dead.url}/${n}`, { filter: { type: ["dead"] }, webhook: { timeoutSeconds: 1 } });
  await accept("dead", 2);
  await until(() => new Set(dead.requests.map(({ head }) => pathOf(head))).size === 1_200, 60_000);
  await subscribe(`${healthy.url}/new`, { filter: { type: ["new"] } });
  await Promise.all([accept("known", 200), accept("new", 200)]);
  await until(() => healthy.requests.length === 401, 30_000);
  const paths = healthy.requests.map(({ head }) => pathOf(head));
  expect(paths.filter((path) => path.endsWith("/new"))).toHaveLength(200);
  // Of the slots of endpoints that failed one project has four fifths.
  await until(() => dead.open() <= 400);
}, 150_000);

test("an event that cannot be read holds up no other and costs no slot", async () => {
  let unreadable = "";
  const receiver = await receive(OK);
  const { subscribe, flow, projectId, errors } = await push(async () => {
    const store = await openMemoryStore();
    return {
      ...store,
      readEvents: (project, ids, now) =>
        ids.includes(unreadable)
          ? Promise.reject(new Error("cannot be read"))
          : store.readEvents(project, ids, now),
    };
  });
  const accepted = await flow.acceptEvents(
    projectId,
    Array.from({ length: 30 }, () => newEvent()),
  );
  const [first] = accepted;
  unreadable = first?.outcome === "created" ? first.eventId : "";
  await subscribe(receiver.url, { startFrom: "earliest", webhook: { maxInFlight: 2 } });
  await until(() => receiver.requests.length === 29);
  expect(errors.length).toBeGreaterThan(0);
  unreadable = "";
  await until(() => receiver.requests.length === 30);
}, 60_000);
