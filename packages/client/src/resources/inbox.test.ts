import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Triggers } from "../index.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";

let server: TestServer;
let client: Triggers;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

async function fill(count: number): Promise<void> {
  client = await server.emptyProject();
  const events = Array.from({ length: count }, (_, n) => ({ type: "job.made", payload: { n } }));
  await client.events.sendBatch(events);
}

describe("An inbox", () => {
  it("shows what waits without taking it", async () => {
    await fill(5);
    const seen: number[] = [];
    for await (const { event, attempt } of client.inbox.list({ limit: 2 })) {
      seen.push((event.payload as { n: number }).n);
      expect(attempt).toBe(0);
    }
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4]);
    expect(await client.inbox.lease({ limit: 10 })).toHaveLength(5);
    expect((await client.inbox.list().page()).data).toEqual([]);
  });

  it("hands out deliveries that are acknowledged, released, buried or held longer", async () => {
    await fill(4);
    const [acked, released, buried, held] = await client.inbox.lease({ limit: 4, lease_seconds: 30 });
    if (!acked || !released || !buried || !held) throw new Error("Not all were leased.");
    expect(await client.inbox.ack([acked])).toEqual([
      { delivery_id: acked.delivery_id, outcome: "acknowledged" },
    ]);
    expect(await client.inbox.ack([acked])).toMatchObject([{ outcome: "already_acknowledged" }]);
    expect(await client.inbox.release([{ ...released, reason: "later" }])).toMatchObject([
      { outcome: "released" },
    ]);
    expect(await client.inbox.bury([{ ...buried, reason: "never" }])).toMatchObject([{ outcome: "buried" }]);
    const [extended] = await client.inbox.extend([{ ...held, lease_seconds: 600 }]);
    expect(extended?.outcome).toBe("extended");
    const later = Date.parse(extended?.lease_expires_at ?? "") - Date.parse(held.lease_expires_at);
    expect(later).toBeGreaterThan(500_000);
    const again = await client.inbox.lease({ limit: 4 });
    expect(again.map(({ event, attempt }) => [event.id, attempt])).toEqual([[released.event.id, 2]]);
    const dead = await client.deliveries.list({ state: "dead" }).page();
    expect(dead.data).toMatchObject([{ id: buried.delivery_id, state_reason: "never" }]);
  });

  it("settles more than a request takes, in the order given", async () => {
    await fill(1_100);
    const leased = await client.inbox.lease({ limit: 1_000 });
    leased.push(...(await client.inbox.lease({ limit: 1_000 })));
    expect(leased).toHaveLength(1_100);
    const results = await client.inbox.ack(leased);
    expect(results.map(({ delivery_id }) => delivery_id)).toEqual(
      leased.map(({ delivery_id }) => delivery_id),
    );
    expect(results.every(({ outcome }) => outcome === "acknowledged")).toBe(true);
  });

  it("waits for what comes", async () => {
    await fill(0);
    const leasing = client.inbox.lease({ wait_seconds: 30 });
    const { event_id: id } = await client.events.send({ payload: {} });
    expect((await leasing).map(({ event }) => event.id)).toEqual([id]);
  });

  it("is left at once when the caller no longer wants to wait", async () => {
    await fill(0);
    const controller = new AbortController();
    const leasing = client.inbox.lease({ wait_seconds: 30 }, { signal: controller.signal });
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 50);
    await expect(leasing).rejects.toBe(reason);
  });

  it.each([
    [true, 1],
    [false, "enough"],
  ])(
    "whose answer has begun when it is aborted is read to its end if that is wished: %s",
    async (keepsAnswer, expected) => {
      const controller = new AbortController();
      const client = await server.emptyProject({
        fetch: async (input, init) => {
          const response = await globalThis.fetch(input, init);
          const read = response.arrayBuffer.bind(response);
          return Object.assign(response, {
            arrayBuffer: () => {
              if (String(input).includes("/lease")) controller.abort(new Error("enough"));
              return read();
            },
          });
        },
      });
      // Too large to have come with the head.
      await client.events.send({ payload: { text: "x".repeat(3_000_000) } });
      const leasing = client.inbox.lease({}, { signal: controller.signal, keepsAnswer });
      const outcome = await leasing.then(
        (leased) => leased.length,
        (error: Error) => error.message,
      );
      expect(outcome).toBe(expected);
    },
  );

  it("of another name is another one", async () => {
    await fill(0);
    await client.subscriptions.ensure("paid", { channel: "inbox", filter: { type: ["order.paid"] } });
    const { event_id: id } = await client.events.send({ type: "order.paid", payload: {} });
    expect(await client.inbox.lease()).toEqual([]);
    expect((await client.inbox.list({ inbox: "paid" }).page()).data).toMatchObject([{ event: { id } }]);
    expect(await client.inbox.lease({ inbox: "paid" })).toMatchObject([{ event: { id } }]);
  });
});
