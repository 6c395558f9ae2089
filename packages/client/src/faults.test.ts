import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Triggers, TriggersError } from "./index.ts";
import { countStates } from "./testing/count-states.ts";
import { type CuttingProxy, type Fate, openCuttingProxy } from "./testing/open-cutting-proxy.ts";
import { openServer, type TestServer } from "./testing/open-server.ts";
import { playExchanges } from "./testing/play-exchanges.ts";
import { makeGate, wait } from "./testing/wait.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

/** In turn: before the request is complete, before the answer begins, within it, later on. */
function fateOf(n: number): Fate {
  const [direction, afterBytes] = [
    ["up", 40],
    ["up", 900 + n * 31],
    ["down", 0],
    ["down", 60 + n * 7],
    ["down", 700 + n * 13],
    ["up", 20_000 + n * 50],
    ["down", 20_000],
  ][n % 7] as [Fate["direction"], number];
  return { direction, afterBytes };
}

async function behind(proxy: CuttingProxy): Promise<Triggers> {
  return server.emptyProject({ baseUrl: proxy.url, firstRetryMs: 1, longestRetryMs: 20, maxRetries: 50 });
}

async function numbers(client: Triggers): Promise<number[]> {
  const found: number[] = [];
  for await (const { payload } of client.events.list({ limit: 500 }))
    found.push((payload as { n: number }).n);
  return found.sort((left, right) => left - right);
}

it("a redirect is told with its status, where the platform shows it", async () => {
  const answer = { status: 301, headers: { location: "https://example.com/v1/me" }, body_text: "" };
  const player = await playExchanges([{ request: { method: "GET", path: "/v1/me" }, answer }], false);
  const asked = new Triggers({ baseUrl: player.url, apiKey: "key" }).me().finally(() => player.close());
  await expect(asked).rejects.toMatchObject({ code: "redirected", status: 301 });
});

describe("When connections are cut", () => {
  it("a batch is stored whole, each event once", async () => {
    const proxy = await openCuttingProxy(server.url, fateOf);
    const client = await behind(proxy);
    let replays = 0;
    for (let round = 0; round < 40; round++) {
      const batch = Array.from({ length: 100 }, (_, n) => ({ payload: { n: round * 100 + n } }));
      const { created, replayed, failed } = await client.events.sendBatch(batch);
      expect({ stored: created + replayed, failed }).toEqual({ stored: 100, failed: 0 });
      replays += replayed;
    }
    expect(replays).toBeGreaterThan(100);
    expect(proxy.cuts()).toBeGreaterThan(30);
    expect(await numbers(client)).toEqual(Array.from({ length: 4_000 }, (_, n) => n));
    await proxy.close();
  });

  it("single events sent side by side are stored, each once", async () => {
    const proxy = await openCuttingProxy(server.url, fateOf);
    const client = await behind(proxy);
    const all = Array.from({ length: 300 }, (_, n) => client.events.send({ payload: { n } }));
    expect(new Set((await Promise.all(all)).map(({ event_id: id }) => id)).size).toBe(300);
    expect(proxy.cuts()).toBeGreaterThan(10);
    expect(await numbers(client)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    await proxy.close();
  });

  it("a watcher goes on, and every event is handed over and acknowledged", async () => {
    const proxy = await openCuttingProxy(server.url, fateOf);
    const client = await behind(proxy);
    await client.events.sendBatch(Array.from({ length: 200 }, (_, n) => ({ payload: { n } })));
    const seen = new Set<number>();
    const all = makeGate();
    const errors: unknown[] = [];
    const watcher = client.inbox.watch(
      (event) => {
        seen.add((event.payload as { n: number }).n);
        if (seen.size === 200) all.open();
      },
      // What a cut answer had in it comes again after the lease.
      { lease_seconds: 1, concurrency: 5, onError: (error) => errors.push(error) },
    );
    await all.opened;
    const { unsettled } = await watcher.stop();
    expect(unsettled).toBe(0);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter((error) => !(error instanceof TriggersError))).toEqual([]);
    expect(await countStates(client)).toEqual({ acknowledged: 200 });
    await proxy.close();
  });

  it("a stream has no gap and no event twice", async () => {
    const proxy = await openCuttingProxy(server.url, (n) =>
      n % 2 === 0 ? { direction: "down", afterBytes: 2_000 + n * 100 } : null,
    );
    const reader = await behind(proxy);
    const { event_id: firstId } = await reader.events.send({ payload: { n: -1 } });
    const seen: number[] = [];
    const begun = makeGate();
    const following = (async () => {
      for await (const { event } of reader.events.stream()) {
        begun.open();
        seen.push((event.payload as { n: number }).n);
        if (seen.at(-1) === 99) return;
      }
    })();
    // The first event tells that the stream is open: sent again and again until it is seen.
    for (
      let n = -100;
      !(await Promise.race([begun.opened.then(() => true), wait(50).then(() => false)]));
      n++
    )
      await reader.events.send({ payload: { n } });
    for (let n = 0; n < 100; n++) await reader.events.send({ payload: { n } });
    await following;
    expect(seen.filter((n) => n >= 0)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(proxy.cuts()).toBeGreaterThan(1);
    expect(firstId).toMatch(/^[0-9a-f-]{36}$/);
    await proxy.close();
  });
});

describe("When nobody answers", () => {
  it("a call gives up with what happened, and never shows the key", async () => {
    const proxy = await openCuttingProxy(server.url, () => null);
    proxy.shut();
    const client = server.client({ baseUrl: proxy.url, maxRetries: 2, firstRetryMs: 1 });
    const error: unknown = await client.me().catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "connection_failed", status: null, requestId: null, attempts: 3 });
    const shown = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${inspect(client, { depth: 9, showHidden: true })}`;
    expect(shown).not.toContain(server.key);
    await proxy.close();
  });

  it("a watcher tells of it and waits until somebody does", async () => {
    const proxy = await openCuttingProxy(server.url, () => null);
    const client = server.client({ baseUrl: proxy.url, firstRetryMs: 1, longestRetryMs: 10, maxRetries: 2 });
    const [failed, done] = [makeGate(), makeGate()];
    proxy.shut();
    const watcher = client.inbox.watch(() => done.open(), { onError: () => failed.open() });
    await failed.opened;
    proxy.letIn();
    await server.client().events.send({ payload: {} });
    await done.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 1 });
    await proxy.close();
  });

  it("a drain fails, and a watcher can still be stopped", async () => {
    const proxy = await openCuttingProxy(server.url, () => null);
    const client = server.client({ baseUrl: proxy.url, firstRetryMs: 1, longestRetryMs: 10, maxRetries: 2 });
    proxy.shut();
    await expect(client.inbox.drain(() => undefined)).rejects.toMatchObject({ code: "connection_failed" });
    const failed = makeGate();
    const watcher = client.inbox.watch(() => undefined, { onError: () => failed.open() });
    await failed.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 0 });
    await proxy.close();
  });

  it("what was worked on while the server is away comes again", async () => {
    const proxy = await openCuttingProxy(server.url, () => null);
    const client = await server.emptyProject({ baseUrl: proxy.url, maxRetries: 1, firstRetryMs: 1 });
    await client.events.send({ payload: {} });
    const told: unknown[] = [];
    const done = makeGate();
    const watcher = client.inbox.watch(
      () => {
        proxy.shut();
        done.open();
      },
      { lease_seconds: 1, onError: (error, delivery) => void (delivery && told.push(error)) },
    );
    await done.opened;
    expect(await watcher.stop()).toMatchObject({ acknowledged: 0, unsettled: 1 });
    expect(told).toMatchObject([{ code: "connection_failed" }]);
    proxy.letIn();
    const again = await client.inbox.lease({ wait_seconds: 10 }, { maxRetries: 5 });
    expect(again).toMatchObject([{ attempt: 2 }]);
    await proxy.close();
  });
});

describe("Options that cannot be", () => {
  it.each([
    ["a key with a line break", { apiKey: "secret-key\n" }],
    ["no key", { apiKey: "" }],
    ["an address that is none", { baseUrl: "secret-host" }],
    ["credentials in the address", { baseUrl: "https://user:secret@example.com" }],
    ["another protocol", { baseUrl: "ftp://secret.example.com" }],
    ["a query", { baseUrl: "https://example.com/?secret=1" }],
  ])("are refused without being shown: %s", (_, options) => {
    expect(() => server.client(options)).toThrow(TypeError);
    expect(() => server.client(options)).not.toThrow(/secret/);
  });

  it("are ids that would lead elsewhere", async () => {
    const client = server.client();
    for (const id of ["", ".", ".."]) await expect(client.events.delete(id)).rejects.toThrow(TypeError);
    await expect(client.events.get("../me")).rejects.toMatchObject({ code: "not_found" });
  });
});
