import { expect, test } from "vitest";
import { INBOX, leaseWish, newEvent, openTestFlow } from "./testing/open-test-flow.ts";

const ANY = { type: null, source: null, tag: null, subject: null, after: null, before: null };
const LIST = {
  ...ANY,
  order: "newest",
  status: null,
  withStatus: true,
  position: null,
  limit: 50,
  maxBytes: 4 * 1024 * 1024,
} as const;

test("an event that matches no subscription waits in the main inbox with its exact bytes", async () => {
  const { flow, projectId } = await openTestFlow();
  const payload = Buffer.from('{ "big":9007199254740993, "b":1e400,"__proto__":{"x":1} }');
  const [accepted] = await flow.acceptEvents(projectId, [newEvent({ payload })]);
  const main = await flow.findInbox(projectId, "main");
  const [leased] = await flow.leaseInbox(main, leaseWish());
  expect(accepted).toMatchObject({ outcome: "created", eventId: leased?.view.event.id });
  expect(Buffer.from(leased?.view.content.payload ?? []).equals(payload)).toBe(true);
});

test("an event that matches a subscription goes there and not to the main inbox", async () => {
  const { flow, projectId } = await openTestFlow();
  await flow.createInbox(projectId, { ...INBOX, name: "orders", filter: { type: [{ prefix: "order." }] } });
  await flow.acceptEvents(projectId, [
    newEvent({ type: "order.created" }),
    newEvent({ type: "user.created" }),
  ]);
  const orders = await flow.leaseInbox(await flow.findInbox(projectId, "orders"), leaseWish());
  const main = await flow.leaseInbox(await flow.findInbox(projectId, "main"), leaseWish());
  expect(orders.map(({ view }) => view.event.type)).toEqual(["order.created"]);
  expect(main.map(({ view }) => view.event.type)).toEqual(["user.created"]);
});

test("a filter over payload and metadata sees what was sent", async () => {
  const { flow, projectId } = await openTestFlow();
  const filter = { payload: { amount: [{ numeric: [">", 10] }] }, metadata: { region: ["eu"] } };
  await flow.createInbox(projectId, { ...INBOX, name: "large", filter });
  const metadata = '{"region":"eu","priority":"normal","tags":[]}';
  await flow.acceptEvents(projectId, [
    newEvent({ payload: Buffer.from('{"amount":11}'), metadata }),
    newEvent({ payload: Buffer.from('{"amount":9}'), metadata }),
    newEvent({ payload: Buffer.from('{"amount":11}') }),
  ]);
  expect(await flow.leaseInbox(await flow.findInbox(projectId, "large"), leaseWish())).toHaveLength(1);
});

test("100 equal idempotency keys at once make one event and 100 equal answers", async () => {
  const { flow, projectId } = await openTestFlow();
  const event = newEvent({ idempotency: { kind: "key", key: "k" } });
  const answers = await Promise.all(Array.from({ length: 100 }, () => flow.acceptEvents(projectId, [event])));
  const ids = new Set(
    answers.flat().map((answer) => (answer.outcome === "key_reused" ? "" : answer.eventId)),
  );
  expect(ids.size).toBe(1);
  expect(answers.flat().filter(({ outcome }) => outcome === "created")).toHaveLength(1);
  expect((await flow.listEvents(projectId, LIST)).views).toHaveLength(1);
});

test("an idempotency key stands for its body, however the envelope was written, and not for its trace", async () => {
  const { flow, projectId } = await openTestFlow();
  const idempotency = { kind: "key", key: "k" } as const;
  const accept = async (fields: Parameters<typeof newEvent>[0]) =>
    (await flow.acceptEvents(projectId, [newEvent({ idempotency, ...fields })]))[0]?.outcome;
  const trace = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: null };
  expect(await accept({ metadata: '{"a":1,"b":2,"priority":"normal","tags":[]}' })).toBe("created");
  expect(await accept({ metadata: '{"b":2, "a":1,"tags":[],"priority":"normal"}', trace })).toBe("replayed");
  expect(await accept({ metadata: '{"a":1,"b":3,"priority":"normal","tags":[]}' })).toBe("key_reused");
  expect(await accept({ payload: Buffer.from('{"a": 1}') })).toBe("key_reused");
});

test("a fan-out to more than 40 subscriptions is expanded after the commit, each delivery once", async () => {
  const { flow, projectId, clock } = await openTestFlow();
  for (let i = 0; i < 60; i++) await flow.createInbox(projectId, { ...INBOX, name: `inbox-${i}` });
  const [accepted] = await flow.acceptEvents(projectId, [newEvent()]);
  const eventId = accepted?.outcome === "created" ? accepted.eventId : "";
  await clock.advance(0);
  const { views } = await flow.listEventDeliveries(projectId, eventId, { after: null, limit: 100 });
  expect(new Set(views.map(({ delivery }) => delivery.subscriptionId)).size).toBe(60);
  expect(views).toHaveLength(60);
});

test("a storage failure fails the posts of its group and stores nothing of them", async () => {
  let isBroken = true;
  const { flow, projectId } = await openTestFlow((store) => ({
    ...store,
    recordEvents: (records) => (isBroken ? Promise.reject(new Error("disk")) : store.recordEvents(records)),
  }));
  await expect(flow.acceptEvents(projectId, [newEvent()])).rejects.toThrow("disk");
  isBroken = false;
  await flow.acceptEvents(projectId, [newEvent()]);
  expect((await flow.listEvents(projectId, LIST)).views).toHaveLength(1);
  expect(flow.acceptDepth()).toBe(0);
});
