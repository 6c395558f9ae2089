import { expect, test } from "vitest";
import { leaseWish, newEvent, openTestFlow, type TestFlow } from "./testing/open-test-flow.ts";
import type { EventQuery } from "./views.ts";

const QUERY: EventQuery = {
  ...{ type: null, source: null, tag: null, subject: null, after: null, before: null },
  ...{
    order: "newest",
    status: null,
    withStatus: false,
    position: null,
    limit: 50,
    maxBytes: 4 * 1024 * 1024,
  },
};

async function acceptTypes({ flow, projectId, clock }: TestFlow, types: readonly string[]): Promise<void> {
  for (const type of types) {
    await flow.acceptEvents(projectId, [
      newEvent({ type, source: `s-${type}`, subject: `who-${type}`, tags: [type] }),
    ]);
    await clock.advance(1_000);
  }
}

/** Walks all pages; gives the types of each. */
async function walk({ flow, projectId }: TestFlow, query: Partial<EventQuery>): Promise<(string | null)[][]> {
  const pages: (string | null)[][] = [];
  let position: string | null = null;
  for (let page = 0; page < 20; page++) {
    const { views, nextPosition } = await flow.listEvents(projectId, { ...QUERY, ...query, position });
    pages.push(views.map(({ event }) => event.type));
    if (nextPosition === null || (query.order === "oldest" && views.length === 0)) return pages;
    position = nextPosition;
  }
  throw new Error("the pages do not end");
}

test("the newest come first, page by page, and a last page that is just full has no next", async () => {
  const test = await openTestFlow();
  await acceptTypes(test, ["a", "b", "c", "d"]);
  expect(await walk(test, { limit: 3 })).toEqual([["d", "c", "b"], ["a"]]);
  expect(await walk(test, { limit: 2 })).toEqual([
    ["d", "c"],
    ["b", "a"],
  ]);
});

test("the feed goes on where it was left, also behind its end", async () => {
  const test = await openTestFlow();
  await acceptTypes(test, ["a", "b"]);
  const first = await test.flow.listEvents(test.projectId, { ...QUERY, order: "oldest" });
  expect(first.views.map(({ event }) => event.type)).toEqual(["a", "b"]);
  await acceptTypes(test, ["c"]);
  const second = await test.flow.listEvents(test.projectId, {
    ...QUERY,
    order: "oldest",
    position: first.nextPosition,
  });
  expect(second.views.map(({ event }) => event.type)).toEqual(["c"]);
});

test("type, prefix, source, tag and subject each narrow the list, in both orders", async () => {
  const test = await openTestFlow();
  await acceptTypes(test, ["order.created", "order.paid", "user.created"]);
  for (const order of ["newest", "oldest"] as const) {
    const flat = async (query: Partial<EventQuery>) => (await walk(test, { ...query, order })).flat().sort();
    expect(await flat({ type: "order.*" })).toEqual(["order.created", "order.paid"]);
    expect(await flat({ type: "order.paid" })).toEqual(["order.paid"]);
    expect(await flat({ source: "s-user.created" })).toEqual(["user.created"]);
    expect(await flat({ tag: "order.paid" })).toEqual(["order.paid"]);
    expect(await flat({ subject: "who-order.paid" })).toEqual(["order.paid"]);
    expect(await flat({ subject: "nobody" })).toEqual([]);
  }
});

test("after is inclusive and before exclusive, in both orders", async () => {
  const test = await openTestFlow();
  const startAt = test.clock.now();
  await acceptTypes(test, ["a", "b", "c"]);
  for (const order of ["newest", "oldest"] as const) {
    const pages = await walk(test, { order, after: startAt + 1_000, before: startAt + 2_000 });
    expect(pages.flat()).toEqual(["b"]);
  }
});

test("a page stops before its bytes exceed the limit but gives one event at least", async () => {
  const test = await openTestFlow();
  await acceptTypes(test, ["a", "b"]);
  expect(await walk(test, { maxBytes: 1 })).toEqual([["b"], ["a"]]);
});

test("the status follows the deliveries of an event", async () => {
  const test = await openTestFlow();
  const { flow, projectId } = test;
  await acceptTypes(test, ["a"]);
  const [event] = (await flow.listEvents(projectId, QUERY)).views;
  const status = async () => (await flow.readEvent(projectId, event?.event.id ?? "", true)).status;
  expect(await status()).toBe("pending");
  const [leased] = await flow.leaseInbox(await flow.findInbox(projectId, "main"), leaseWish());
  expect(await status()).toBe("delivered");
  expect(
    (await flow.listEvents(projectId, { ...QUERY, status: "delivered", withStatus: true })).views,
  ).toHaveLength(1);
  expect((await flow.listEvents(projectId, { ...QUERY, status: "dead" })).views).toHaveLength(0);
  if (leased === undefined) throw new Error("nothing was leased");
  const { eventId, subscriptionId, cause, leaseToken } = leased.delivery;
  const key = { eventId, subscriptionId, cause, token: leaseToken ?? "" };
  await flow.settleDeliveries(projectId, [{ ...key, kind: "acknowledge" }]);
  expect(await status()).toBe("acknowledged");
});

test("an event that no subscription wants is unmatched", async () => {
  const { flow, projectId } = await openTestFlow();
  const main = await flow.findInbox(projectId, "main");
  await flow.changeSubscription(projectId, main.id, { matches: "none" });
  const [accepted] = await flow.acceptEvents(projectId, [newEvent()]);
  const eventId = accepted?.outcome === "created" ? accepted.eventId : "";
  expect((await flow.readEvent(projectId, eventId, true)).status).toBe("unmatched");
});

test("what waits in an inbox is listed with its events, page by page, and stays", async () => {
  const test = await openTestFlow();
  const { flow, projectId } = test;
  await acceptTypes(test, ["a", "b", "c"]);
  const main = await flow.findInbox(projectId, "main");
  const query = { ...QUERY, limit: 2 };
  const first = await flow.listWaiting(main, query);
  const second = await flow.listWaiting(main, { ...query, position: first.nextPosition });
  expect([...first.items, ...second.items].map(({ view }) => view.event.type)).toEqual(["a", "b", "c"]);
  expect(second.nextPosition).toBeNull();
  const filtered = await flow.listWaiting(main, { ...query, type: "c" });
  expect(filtered.items.map(({ view }) => view.event.type)).toEqual(["c"]);
});
