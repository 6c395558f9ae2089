import { describe, expect, test } from "vitest";
import { delayFeed, FEED_DELAY_MS } from "./testing/delay-feed.ts";
import { newEvent, openTestFlow } from "./testing/open-test-flow.ts";
import type { EventFilter, StreamItem } from "./views.ts";

const ANY: EventFilter = { type: null, source: null, tag: null, subject: null, after: null, before: null };

/** The next item; a word that comes without an event is passed over. */
async function nextEvent(stream: AsyncIterator<StreamItem>): Promise<StreamItem> {
  const item = await next(stream);
  return item.kind === "event" ? item : nextEvent(stream);
}

async function next(stream: AsyncIterator<StreamItem>): Promise<StreamItem> {
  const { value, done } = await stream.next();
  if (done === true) throw new Error("the stream has ended");
  return value as StreamItem;
}

test("a live tail begins now, gives what is accepted, and goes on from a position without gap", async () => {
  const { flow, projectId } = await openTestFlow();
  await flow.acceptEvents(projectId, [newEvent({ type: "before" })]);
  const reader = new AbortController();
  const live = flow
    .streamEvents(projectId, ANY, { position: null, signal: reader.signal })
    [Symbol.asyncIterator]();
  const waiting = nextEvent(live);
  await new Promise((resolve) => setImmediate(resolve));
  await flow.acceptEvents(projectId, [newEvent({ type: "a" })]);
  const first = await waiting;
  expect(first).toMatchObject({ kind: "event", view: { event: { type: "a" } } });
  reader.abort();
  expect((await live.next()).done).toBe(true);
  await flow.acceptEvents(projectId, [newEvent({ type: "b" })]);
  const position = first.kind === "event" ? first.position : "";
  const again = flow.streamEvents(projectId, ANY, { position, signal: new AbortController().signal });
  expect(await nextEvent(again[Symbol.asyncIterator]())).toMatchObject({ view: { event: { type: "b" } } });
});

test("a stream tells where it begins and, without events that pass, where it stands every 15 s", async () => {
  const { flow, projectId, clock } = await openTestFlow();
  const signal = new AbortController().signal;
  const none = { ...ANY, type: "no.such.type" };
  const live = flow.streamEvents(projectId, none, { position: null, signal })[Symbol.asyncIterator]();
  const begin = await next(live);
  await flow.acceptEvents(projectId, [newEvent({ type: "a" })]);
  const waiting = next(live);
  await clock.advance(15_500);
  const later = await waiting;
  await flow.acceptEvents(projectId, [newEvent({ type: "b" })]);
  expect([begin.kind, later.kind]).toEqual(["heartbeat", "heartbeat"]);
  for (const [{ position }, type] of [
    [begin, "a"],
    [later, "b"],
  ] as const) {
    const resumed = flow.streamEvents(projectId, ANY, { position, signal })[Symbol.asyncIterator]();
    expect(await nextEvent(resumed)).toMatchObject({ view: { event: { type } } });
  }
});

test("a stream gives only what passes its filter", async () => {
  const { flow, projectId } = await openTestFlow();
  const filter = { ...ANY, type: "order.*" };
  const live = flow.streamEvents(projectId, filter, { position: null, signal: new AbortController().signal });
  const waiting = nextEvent(live[Symbol.asyncIterator]());
  await new Promise((resolve) => setImmediate(resolve));
  await flow.acceptEvents(projectId, [newEvent({ type: "user.created" }), newEvent({ type: "order.paid" })]);
  expect(await waiting).toMatchObject({ view: { event: { type: "order.paid" } } });
});

describe("on a store whose feed has a delay", () => {
  test("a live tail shows an event at once, and once, whatever the feed shows later", async () => {
    const { flow, projectId, clock } = await openTestFlow(delayFeed);
    const signal = new AbortController().signal;
    const live = flow.streamEvents(projectId, ANY, { position: null, signal })[Symbol.asyncIterator]();
    const waiting = nextEvent(live);
    await new Promise((resolve) => setImmediate(resolve));
    for (const type of ["a", "b"]) await flow.acceptEvents(projectId, [newEvent({ type })]);
    const second = nextEvent(live);
    await clock.advance(1_000);
    const seen = [await waiting, await second];
    const third = nextEvent(live);
    await clock.advance(FEED_DELAY_MS + 2_000);
    await flow.acceptEvents(projectId, [newEvent({ type: "c" })]);
    await clock.advance(1_000);
    seen.push(await third);
    expect(seen.map((item) => (item.kind === "event" ? item.view.event.type : item))).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  test("whoever resumes behind an event that came early gets what the feed had not shown yet", async () => {
    const { flow, projectId } = await openTestFlow(delayFeed);
    const signal = new AbortController().signal;
    const live = flow.streamEvents(projectId, ANY, { position: null, signal })[Symbol.asyncIterator]();
    const waiting = nextEvent(live);
    await new Promise((resolve) => setImmediate(resolve));
    await flow.acceptEvents(projectId, [newEvent({ type: "a" })]);
    const { position } = await waiting;
    await flow.acceptEvents(projectId, [newEvent({ type: "b" })]);
    const again = flow.streamEvents(projectId, ANY, { position, signal })[Symbol.asyncIterator]();
    const types = [];
    for (let count = 0; count < 2; count++) {
      const item = await nextEvent(again);
      if (item.kind === "event") types.push(item.view.event.type);
    }
    expect(types).toEqual(["a", "b"]);
  });
});
