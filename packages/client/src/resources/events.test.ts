import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Event, Triggers } from "../index.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";

let server: TestServer;
let client: Triggers;
beforeAll(async () => {
  server = await openServer();
  client = server.client();
});
afterAll(() => server.close());

/** Numbers that a parse would round, odd spaces, key order, escapes. */
const ODD = '{ "big": 9007199254740993, "z":1e400,\n"a" : [0.10, -0],"text":"\\u20ac \\" }" }';

describe("An event", () => {
  it("is sent and read with every field", async () => {
    const sent = await client.events.send({
      ...{ payload: { order_id: "ord_1" }, type: "order.created", source: "shop", subject: "cus_9" },
      ...{ occurred_at: "2026-11-22T10:00:00Z", ordering_key: "ord_1", tags: ["eu"] },
      metadata: { priority: "high", any: "thing" },
    });
    expect(sent).toMatchObject({ status: "created", replayed: false });
    expect(await client.events.get(sent.event_id)).toMatchObject({
      ...{ id: sent.event_id, timestamp: sent.timestamp, type: "order.created", source: "shop" },
      ...{ subject: "cus_9", occurred_at: "2026-11-22T10:00:00.000Z", ordering_key: "ord_1", tags: ["eu"] },
      metadata: { priority: "high", any: "thing", tags: ["eu"] },
      payload: { order_id: "ord_1" },
      payloadText: '{"order_id":"ord_1"}',
      status: "pending",
    });
  });

  it("comes back with the exact text of its payload, wherever it is read", async () => {
    const { event_id: id } = await client.events.send({ payloadText: ODD, type: "odd.text" });
    const listed: Event[] = [];
    for await (const event of client.events.list({ type: "odd.*" })) listed.push(event);
    const waiting = (await client.inbox.list({ type: "odd.text" }).page()).data.map(({ event }) => event);
    const leased = (await client.inbox.lease({ limit: 100 })).map(({ event }) => event);
    const read = [await client.events.get(id), ...listed, ...waiting, ...leased].filter(
      (event) => event.id === id,
    );
    expect(read.map(({ payloadText }) => payloadText)).toEqual([ODD, ODD, ODD, ODD]);
    expect(read[0]?.payload).toMatchObject({ big: 9007199254740992, z: Number.POSITIVE_INFINITY });
    const { text, bytes, contentType } = await client.events.payload(id);
    expect({ text, contentType }).toEqual({ text: ODD, contentType: "application/json" });
    expect(new TextDecoder().decode(bytes)).toBe(ODD);
  });

  it("that is too large for an answer comes without its payload, which can be had by itself", async () => {
    const text = JSON.stringify({ large: "x".repeat(5_000_000) });
    const { event_id: id } = await client.events.send({ payloadText: text });
    const event = await client.events.get(id);
    expect(event).toMatchObject({
      payload: null,
      payloadText: null,
      payload_url: `/v1/events/${id}/payload`,
    });
    const whole = await client.events.withPayload(event);
    expect(whole.payloadText === text).toBe(true);
    expect(whole.payload_url).toBe(undefined);
    expect(await client.events.withPayload(whole)).toBe(whole);
  });

  it("is stored once for one idempotency key", async () => {
    const options = { idempotencyKey: `key ${Math.random()}` };
    const first = await client.events.send({ payload: { n: 1 } }, options);
    const again = await client.events.send({ payload: { n: 1 } }, options);
    expect(again).toEqual({ ...first, replayed: true });
    await expect(client.events.send({ payload: { n: 2 } }, options)).rejects.toMatchObject({
      ...{ code: "idempotency_key_reused", status: 422 },
    });
    const [one, two] = [await client.events.send({ payload: {} }), await client.events.send({ payload: {} })];
    expect(one.event_id === two.event_id).toBe(false);
  });

  it("is refused before it is sent if its payload is none", async () => {
    const refused = { code: "invalid_payload_text", status: null };
    for (const payloadText of ['{},"type":"x"', "", "{", '{"a":"\ud800"}', "{} {}"]) {
      await expect(client.events.send({ payloadText })).rejects.toMatchObject(refused);
    }
    const none = {} as { payload: object };
    await expect(client.events.send(none)).rejects.toThrow(TypeError);
  });

  it("can be deleted, explained, replayed and acknowledged by its id", async () => {
    await client.inbox.drain(() => undefined);
    const name = `orders ${Math.random()}`;
    const { id: subscription } = await client.subscriptions.ensure(name, {
      ...{ channel: "inbox", filter: { type: ["order.paid"] } },
    });
    const { event_id: id } = await client.events.send({ type: "order.made", payload: {} });
    const explained: unknown[] = [];
    for await (const one of client.events.explain(id)) if (one.name === name) explained.push(one);
    expect(explained).toMatchObject([
      { subscription_id: subscription, matched: false, failed: { pointer: "/type" } },
    ]);
    expect(await client.events.ack(id)).toEqual({ event_id: id, outcome: "acknowledged" });
    expect(await client.events.ack(id)).toMatchObject({ outcome: "already_acknowledged" });
    await expect(client.events.ack(id, { inbox: name })).rejects.toMatchObject({ code: "not_found" });
    expect(await client.jobs.wait((await client.events.replay(id)).id)).toMatchObject({ state: "done" });
    const deliveries = (await client.events.deliveries(id).page()).data;
    expect(deliveries.map(({ state }) => state).sort()).toEqual(["acknowledged", "pending"]);
    await client.events.delete(id);
    await expect(client.events.get(id)).rejects.toMatchObject({ code: "not_found", status: 404 });
    await expect(client.events.delete(id)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("A list", () => {
  it("is walked through page by page, from either end", async () => {
    const client = await server.emptyProject();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push((await client.events.send({ payload: { n } })).event_id);
    const walk = async (query: object): Promise<string[]> => {
      const walked: string[] = [];
      for await (const { id } of client.events.list(query)) walked.push(id);
      return walked;
    };
    expect(await walk({ limit: 3, order: "oldest" })).toEqual(ids);
    expect((await walk({ limit: 2 })).sort()).toEqual(ids);
    expect(await walk({ limit: 2, order: "oldest", after: "2020-01-01T00:00:00Z" })).toEqual(ids);
    expect(await walk({ order: "oldest", type: "none.such" })).toEqual([]);
    const pages: number[] = [];
    for await (const { data } of client.events.list({ limit: 3 }).pages()) pages.push(data.length);
    expect(pages).toEqual([3, 3, 1]);
  });

  it("gives a cursor to go on from later", async () => {
    const client = await server.emptyProject();
    const send = async (n: number) => (await client.events.send({ payload: { n } })).event_id;
    const first = await send(1);
    const { data, next_cursor: cursor } = await client.events.list({ order: "oldest" }).page();
    expect(data.map(({ id }) => id)).toEqual([first]);
    if (cursor === null) throw new Error("The feed always goes on.");
    const second = await send(2);
    const later: string[] = [];
    for await (const { id } of client.events.list({ order: "oldest", cursor })) later.push(id);
    expect(later).toEqual([second]);
  });
});
