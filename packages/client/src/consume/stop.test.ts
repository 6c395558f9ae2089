import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Triggers, Watcher } from "../index.ts";
import { countStates } from "../testing/count-states.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";
import { makeGate, wait } from "../testing/wait.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

async function filled(count: number, fetch = globalThis.fetch): Promise<Triggers> {
  const client = await server.emptyProject({ fetch: (input, init) => fetch(input, init) });
  await client.events.sendBatch(Array.from({ length: count }, (_, n) => ({ payload: { n } })));
  return client;
}

describe("A watcher that is stopped", () => {
  it("awaits the handlers at work and takes nothing more", async () => {
    const client = await filled(10);
    const begun = makeGate();
    let [started, ended] = [0, 0];
    const watcher = client.inbox.watch(
      async () => {
        if (++started === 3) begun.open();
        await wait(300);
        ended++;
      },
      { concurrency: 3 },
    );
    await begun.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 3, released: 0 });
    expect([started, ended]).toEqual([3, 3]);
    expect(await countStates(client)).toEqual({ acknowledged: 3, pending: 7 });
  });

  it("awaits them for ever if it is told so", async () => {
    const client = await filled(1);
    const begun = makeGate();
    const watcher = client.inbox.watch(
      async () => {
        begun.open();
        // Longer than the lease that waits beside it is awaited.
        await wait(1_200);
      },
      { stopTimeoutMs: Number.POSITIVE_INFINITY },
    );
    await begun.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 1, released: 0 });
  });

  it("releases what is still at work when the time is over, and says so to the handler", async () => {
    const client = await filled(2);
    const begun = makeGate();
    const told: unknown[] = [];
    const watcher = client.inbox.watch(
      async (event, { signal }) => {
        if ((event.payload as { n: number }).n === 0) return;
        begun.open();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        told.push(signal.reason);
      },
      { stopTimeoutMs: 100, lease_seconds: 600 },
    );
    await begun.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 1, released: 1, lost: 0 });
    expect(told).toMatchObject([{ code: "stopped" }]);
    expect(await client.inbox.lease()).toMatchObject([{ attempt: 2, event: { payload: { n: 1 } } }]);
  });

  it("releases at once what it had taken and not begun", async () => {
    let watcher: Watcher | null = null;
    const client = await filled(3, async (input, init) => {
      const response = await globalThis.fetch(input, init);
      if (!String(input).includes("/lease")) return response;
      const read = response.arrayBuffer.bind(response);
      return Object.assign(response, {
        arrayBuffer: () => {
          void watcher?.stop();
          return read();
        },
      });
    });
    let begun = 0;
    watcher = client.inbox.watch(() => void begun++);
    expect(await watcher.done).toMatchObject({ acknowledged: 0, released: 3 });
    expect(begun).toBe(0);
    expect(await countStates(client)).toEqual({ pending: 3 });
  });

  it("by a signal ends just so, also before it began", async () => {
    const client = await filled(1);
    const controller = new AbortController();
    const done = makeGate();
    const watcher = client.inbox.watch(() => done.open(), { signal: controller.signal });
    await done.opened;
    controller.abort();
    expect(await watcher.done).toMatchObject({ acknowledged: 1 });
    const late = client.inbox.watch(() => undefined, { signal: controller.signal });
    expect(await late.done).toMatchObject({ acknowledged: 0 });
  });

  it("while it waits ends soon, and no delivery stays with it", async () => {
    const client = await filled(0);
    for (let round = 0; round < 8; round++) {
      const watcher = client.inbox.watch(() => undefined, { wait_seconds: 60, lease_seconds: 1 });
      const sent = client.events.send({ payload: { round } });
      if (round % 2 === 0) await wait(round);
      await Promise.all([watcher.stop(), sent]);
    }
    // What was on its way to a caller who had hung up comes again after its lease of 1 s.
    await wait(1_100);
    await client.inbox.drain(() => undefined);
    expect(await countStates(client)).toEqual({ acknowledged: 8 });
  });

  it("loses none, whatever its handlers do", async () => {
    const client = await filled(300);
    const rounds = { acknowledged: 0, buried: 0 };
    const handled = new Map<string, number>();
    for (let round = 0; round < 6; round++) {
      const enough = makeGate();
      let count = 0;
      const watcher = client.inbox.watch(
        async (event, { delivery_id }) => {
          if (++count === 40) enough.open();
          const luck = (event.payload as { n: number }).n % 7;
          if (luck === 0) await wait(30);
          if (luck === 1 && round < 5) throw new Error("not today");
          if (luck === 2) return { outcome: "bury" };
          handled.set(delivery_id, (handled.get(delivery_id) ?? 0) + 1);
          return undefined;
        },
        { concurrency: 8, stopTimeoutMs: round % 2 === 0 ? 0 : 1_000, retryDelaySeconds: () => 0 },
      );
      await Promise.race([enough.opened, wait(2_000)]);
      const tally = await watcher.stop();
      expect(tally).toMatchObject({ lost: 0, unsettled: 0 });
      rounds.acknowledged += tally.acknowledged;
      rounds.buried += tally.buried;
    }
    const { pending = 0, ...settled } = await countStates(client);
    expect(settled).toEqual({ acknowledged: rounds.acknowledged, dead: rounds.buried });
    expect(pending + rounds.acknowledged + rounds.buried).toBe(300);
    expect(handled.size).toBeGreaterThanOrEqual(rounds.acknowledged);
  });
});
