import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Event, Triggers } from "../index.ts";
import { countStates } from "../testing/count-states.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";
import { makeGate, wait } from "../testing/wait.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

async function filled(count: number, fetch = globalThis.fetch): Promise<Triggers> {
  const client = await server.emptyProject({ fetch: (input, init) => fetch(input, init), firstRetryMs: 10 });
  if (count === 0) return client;
  await client.events.sendBatch(Array.from({ length: count }, (_, n) => ({ payload: { n } })));
  return client;
}

const numberOf = ({ payload }: Event): number => (payload as { n: number }).n;

describe("A watcher", () => {
  it("hands over what comes and acknowledges it", async () => {
    const client = await filled(3);
    const seen: number[] = [];
    const all = makeGate();
    const watcher = client.inbox.watch((event, { attempt }) => {
      expect(attempt).toBe(1);
      if (seen.push(numberOf(event)) === 4) all.open();
    });
    await client.events.send({ payload: { n: 3 } });
    await all.opened;
    expect(await watcher.stop()).toEqual({ acknowledged: 4, released: 0, buried: 0, lost: 0, unsettled: 0 });
    expect(seen.sort()).toEqual([0, 1, 2, 3]);
    expect(await countStates(client)).toEqual({ acknowledged: 4 });
  });

  it("extends the lease while a handler works longer", async () => {
    const client = await filled(1);
    const [begun, ended] = [makeGate(), makeGate()];
    const watcher = client.inbox.watch(
      async () => {
        begun.open();
        await wait(2_600);
        ended.open();
      },
      { lease_seconds: 1 },
    );
    await begun.opened;
    expect(await client.inbox.lease({ wait_seconds: 2 })).toEqual([]);
    await ended.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 1, lost: 0 });
  });

  it("releases what a handler throws at, tells of it, and hands it over again", async () => {
    const client = await filled(1);
    const told: unknown[] = [];
    const done = makeGate();
    const watcher = client.inbox.watch(
      (_, { attempt }) => {
        if (attempt < 3) throw new Error(`no luck at ${attempt}\n\ud800`);
        done.open();
      },
      {
        retryDelaySeconds: () => 0,
        onError: (error, delivery) => told.push([(error as Error).message, delivery?.attempt]),
      },
    );
    await done.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 1, released: 2 });
    expect(told).toEqual([
      ["no luck at 1\n\ud800", 1],
      ["no luck at 2\n\ud800", 2],
    ]);
  });

  it("keeps what failed back for a while, and the reason with it", async () => {
    const client = await filled(1);
    const failed = makeGate();
    const watcher = client.inbox.watch(
      () => {
        failed.open();
        throw new Error("the shop is closed");
      },
      { retryDelaySeconds: () => 500 },
    );
    await failed.opened;
    await watcher.stop();
    const { data } = await client.deliveries.list().page();
    expect(data).toMatchObject([{ state: "pending", state_reason: "the shop is closed" }]);
    const dueInSeconds = (Date.parse(data[0]?.due_at ?? "") - Date.now()) / 1_000;
    expect(dueInSeconds).toBeGreaterThan(400);
  });

  it("does what a handler says", async () => {
    const client = await filled(3);
    const all = makeGate();
    let count = 0;
    const watcher = client.inbox.watch((event) => {
      if (++count === 3) all.open();
      if (numberOf(event) === 0) return { outcome: "bury", reason: "no such customer" };
      if (numberOf(event) === 1) return { outcome: "release", delay_seconds: 99_999, reason: "tomorrow" };
      return { outcome: "ack" } as never;
    });
    await all.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 0, released: 2, buried: 1 });
    expect(await countStates(client)).toEqual({ pending: 2, dead: 1 });
  });

  it("has no more handlers at work than it was told", async () => {
    const client = await filled(40);
    const all = makeGate();
    let [working, most, count] = [0, 0, 0];
    const watcher = client.inbox.watch(
      async () => {
        most = Math.max(most, ++working);
        await wait(5);
        working--;
        if (++count === 40) all.open();
      },
      { concurrency: 4 },
    );
    await all.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 40 });
    expect(most).toBe(4);
  });

  it("acknowledges in groups", async () => {
    let acks = 0;
    const client = await filled(500, (input, init) => {
      if (String(input).endsWith("/ack")) acks++;
      return globalThis.fetch(input, init);
    });
    expect(await client.inbox.drain(() => undefined, { concurrency: 100 })).toMatchObject({
      acknowledged: 500,
    });
    expect(acks).toBeLessThan(100);
  });

  it("tells a handler when its lease was lost", async () => {
    let isCut = true;
    const client = await filled(1, (input, init) =>
      isCut && String(input).endsWith("/extend")
        ? Promise.reject(new TypeError("cut"))
        : globalThis.fetch(input, init),
    );
    const [begun, ended] = [makeGate(), makeGate()];
    let reason: unknown = null;
    const watcher = client.inbox.watch(
      async (_, { signal }) => {
        begun.open();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        reason = signal.reason;
        ended.open();
      },
      // So that it does not take it over itself.
      { lease_seconds: 1, concurrency: 1 },
    );
    await begun.opened;
    const [taken] = await client.inbox.lease({ wait_seconds: 20, lease_seconds: 600 });
    isCut = false;
    await ended.opened;
    expect(reason).toMatchObject({ code: "lease_lost" });
    expect(await watcher.stop()).toMatchObject({ acknowledged: 0, lost: 1 });
    expect(await client.inbox.ack(taken === undefined ? [] : [taken])).toMatchObject([
      { outcome: "acknowledged" },
    ]);
  });

  it("ends with the refusal when its key opens nothing", async () => {
    const stranger = server.client({ apiKey: "nobody-knows-this-key" });
    await expect(stranger.inbox.watch(() => undefined).done).rejects.toMatchObject({
      code: "unauthenticated",
    });
    const client = await filled(0);
    const nowhere = client.inbox.watch(() => undefined, { inbox: "nowhere" });
    await expect(nowhere.done).rejects.toMatchObject({ code: "not_found" });
    await expect(client.inbox.drain(() => undefined, { inbox: "nowhere" })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("waits while its inbox is paused", async () => {
    const client = await filled(1);
    const [paused, done] = [makeGate(), makeGate()];
    const { id } = await client.subscriptions.ensure("later", { channel: "inbox" });
    await client.subscriptions.pause(id);
    await client.events.send({ payload: {} });
    const watcher = client.inbox.watch(() => done.open(), { inbox: "later", onError: () => paused.open() });
    await paused.opened;
    await client.subscriptions.resume(id);
    await done.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 1 });
  });

  it("loads a payload that had no room in the answer", async () => {
    const client = await filled(0);
    await client.events.send({ payload: { large: "x".repeat(5_000_000) } });
    const lengths: number[] = [];
    await client.inbox.drain(({ payloadText }) => void lengths.push(payloadText?.length ?? 0));
    expect(lengths).toEqual([5_000_012]);
  });

  it("refuses numbers that cannot be", async () => {
    const client = await filled(0);
    expect(() => client.inbox.watch(() => undefined, { concurrency: 0 })).toThrow(RangeError);
    expect(() => client.inbox.watch(() => undefined, { lease_seconds: 0.5 })).toThrow(RangeError);
    expect(() => client.inbox.watch(() => undefined, { wait_seconds: 61 })).toThrow(RangeError);
  });

  it("ends with what its own listener throws", async () => {
    const client = await filled(1);
    const watcher = client.inbox.watch(
      () => {
        throw new Error("handler");
      },
      {
        onError: () => {
          throw new Error("listener");
        },
      },
    );
    await expect(watcher.done).rejects.toThrow("listener");
    expect(await countStates(client)).toEqual({ pending: 1 });
  });
});

describe("A drain", () => {
  it("resolves when nothing waits any more, also of what came meanwhile", async () => {
    const client = await filled(25);
    let sent = 0;
    const tally = await client.inbox.drain(
      async () => {
        if (sent++ < 5) await client.events.send({ payload: {} });
      },
      { concurrency: 3 },
    );
    expect(tally).toMatchObject({ acknowledged: 30 });
    expect(await client.inbox.drain(() => undefined)).toMatchObject({ acknowledged: 0 });
  });

  it("leaves behind what failed", async () => {
    const client = await filled(3);
    const tally = await client.inbox.drain((event) => {
      if (numberOf(event) === 1) throw new Error("no");
    });
    expect(tally).toMatchObject({ acknowledged: 2, released: 1 });
  });
});
