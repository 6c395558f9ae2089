import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BatchError, type NewBatchEvent, type Triggers, type TriggersOptions } from "../index.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const numbered = (count: number): NewBatchEvent[] =>
  Array.from({ length: count }, (_, n) => ({ payload: { n }, ordering_key: "one" }));

interface Seen {
  readonly path: string;
  readonly length: number;
}

/** A client in an empty project, and the requests it makes; `answer` may answer instead of the server. */
async function observed(
  answer: (seen: Seen, count: number) => Response | null = () => null,
  options: Partial<TriggersOptions> = {},
) {
  const seen: Seen[] = [];
  const client = await server.emptyProject({
    ...{ firstRetryMs: 1, ...options },
    fetch: async (input, init) => {
      const body = init?.body;
      const request = {
        path: new URL(String(input)).pathname,
        length: body instanceof Uint8Array ? body.length : 0,
      };
      seen.push(request);
      return answer(request, seen.length) ?? globalThis.fetch(input, init);
    },
  });
  return { client, seen };
}

async function payloads(client: Triggers): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { payload } of client.events.list({ order: "oldest", limit: 1_000 })) found.push(payload);
  return found;
}

const refusal = (status: number, code: string): Response =>
  new Response(JSON.stringify({ code, detail: "Not now.", status, request_id: "r1" }), { status });

/** Of three items the second could not be stored for now. */
function halfStored(): Response {
  const problem = { code: "storage_unavailable", detail: "Later.", status: 503, request_id: "r" };
  const stored = { outcome: "created", event_id: "e0", timestamp: "2026-11-22T10:00:00.000Z" };
  const results = [stored, { outcome: "failed", error: problem }, stored];
  return new Response(JSON.stringify({ created: 2, replayed: 0, failed: 1, results }));
}

describe("A batch", () => {
  it("of any size is stored in its order", async () => {
    const { client, seen } = await observed();
    const result = await client.events.sendBatch(numbered(2_500));
    expect(result).toMatchObject({ created: 2_500, replayed: 0, failed: 0 });
    expect(seen.map(({ path }) => path)).toEqual(new Array(3).fill("/v1/events/batch"));
    expect(await payloads(client)).toEqual(Array.from({ length: 2_500 }, (_, n) => ({ n })));
    const [first] = result.results;
    if (first?.outcome !== "created") throw new Error("It was not created.");
    expect(await client.events.get(first.event_id)).toMatchObject({ payload: { n: 0 } });
  });

  it("of many bytes is divided by the limit that the server names", async () => {
    const { client, seen } = await observed();
    const { limits } = await client.me();
    const events = Array.from({ length: 30 }, (_, n) => ({ payload: { n, text: "€".repeat(200_000) } }));
    expect(await client.events.sendBatch(events)).toMatchObject({ created: 30, failed: 0 });
    const batches = seen.filter(({ path }) => path.endsWith("/batch"));
    expect(seen.slice(1, 3).map(({ path }) => path)).toEqual(["/v1/me", "/v1/events/batch"]);
    expect(batches).toHaveLength(2);
    for (const { length } of batches) expect(length).toBeLessThanOrEqual(limits.batch_bytes);
    await client.events.sendBatch(events.slice(0, 8));
    expect(seen.filter(({ path }) => path === "/v1/me")).toHaveLength(2);
  });

  it("of nothing asks for nothing", async () => {
    const { client, seen } = await observed();
    expect(await client.events.sendBatch([])).toEqual({ created: 0, replayed: 0, failed: 0, results: [] });
    expect(seen).toEqual([]);
  });

  it("has keys: those of the events, those made of the call's, or random ones", async () => {
    const { client } = await observed();
    const events: NewBatchEvent[] = [{ payload: { n: 0 } }, { payload: { n: 1 }, idempotency_key: "own" }];
    const options = { idempotencyKey: "call" };
    const first = await client.events.sendBatch(events, options);
    expect(first.results.map(({ idempotency_key }) => idempotency_key)).toEqual(["call/0", "own"]);
    expect(await client.events.sendBatch(events, options)).toMatchObject({ created: 0, replayed: 2 });
    expect(await client.events.send({ payload: { n: 1 } }, { idempotencyKey: "own" })).toMatchObject({
      replayed: true,
    });
    const made = await client.events.sendBatch([{ payload: {} }, { payload: {} }]);
    const [one, two] = made.results.map(({ idempotency_key }) => idempotency_key ?? "");
    expect(one).toMatch(/^[0-9a-f]{32}\/0$/);
    expect(two).toBe(one?.replace("/0", "/1"));
    const none = await client.events.sendBatch([{ payload: {} }], { idempotencyKey: null });
    expect(none.results).toMatchObject([{ outcome: "created", idempotency_key: null }]);
  });

  it.each([
    ["lines", '{"ok":1}'],
    ["one JSON text", '{\n"ok":1}'],
  ])("has faulty items that hinder no other, as %s", async (_, payloadText) => {
    const { client } = await observed();
    const result = await client.events.sendBatch([
      { payloadText },
      { payload: {}, type: "not a type" },
      { payloadText: '{"a":1,"a":2}' },
      { payload: {}, tags: ["ok", ""] },
      { payloadText: '{"ok":2}' },
    ]);
    expect(result).toMatchObject({ created: 2, failed: 3 });
    expect(
      result.results.map((item) => (item.outcome === "failed" ? item.error.code : item.outcome)),
    ).toEqual([...["created", "invalid_request", "duplicate_key", "invalid_request", "created"]]);
    expect(result.results[3]).toMatchObject({ error: { status: 422, errors: [{ pointer: "/tags/1" }] } });
    expect(await payloads(client)).toEqual([{ ok: 1 }, { ok: 2 }]);
  });

  it.each(['{"a":1,"a":2}', '{"a":1,\n"a":2}'])(
    "says where in an event a fault is: %s",
    async (payloadText) => {
      const { client } = await observed();
      const { results } = await client.events.sendBatch([{ payload: {} }, { payloadText }]);
      const error = { code: "duplicate_key", status: 400, errors: [{ pointer: "/payload/a" }] };
      expect(results).toMatchObject([{ outcome: "created" }, { outcome: "failed", error }]);
    },
  );

  it("sends again only the items that could not be stored for now", async () => {
    const lengths: number[] = [];
    const { client } = await observed(({ length }, count) => {
      lengths.push(length);
      return count > 1 ? null : halfStored();
    });
    const result = await client.events.sendBatch(numbered(3));
    expect(result).toMatchObject({ created: 3, failed: 0 });
    expect(lengths).toHaveLength(2);
    expect(await payloads(client)).toEqual([{ n: 1 }]);
  });

  it("sends nothing again if its client never does", async () => {
    const { client, seen } = await observed(() => halfStored(), { maxRetries: 0 });
    const result = await client.events.sendBatch(numbered(3));
    expect(result).toMatchObject({ created: 2, failed: 1 });
    expect(result.results[1]).toMatchObject({ error: { code: "storage_unavailable" } });
    expect(seen).toHaveLength(1);
  });

  it("says what was stored and what was not when a request fails, with the keys to go on", async () => {
    const { client } = await observed((_, count) => (count === 2 ? refusal(403, "forbidden") : null));
    const failure: unknown = await client.events.sendBatch(numbered(2_500)).catch((error: unknown) => error);
    if (!(failure instanceof BatchError)) throw failure;
    expect(failure).toMatchObject({ code: "batch_incomplete", status: 403, cause: { code: "forbidden" } });
    expect(failure.result).toMatchObject({ created: 1_000, failed: 1_500 });
    expect(failure.result.results[1_000]).toMatchObject({ error: { code: "forbidden" } });
    expect(failure.result.results[2_000]).toMatchObject({ error: { code: "not_sent" } });
    const again = numbered(2_500).map((event, index) => ({
      ...{ ...event, idempotency_key: failure.result.results[index]?.idempotency_key ?? null },
    }));
    expect(await client.events.sendBatch(again)).toMatchObject({ created: 1_500, replayed: 1_000 });
    expect(await payloads(client)).toHaveLength(2_500);
  });

  it("ends with the reason of its signal", async () => {
    const { client } = await observed();
    const reason = new Error("enough");
    const sending = client.events.sendBatch(numbered(10), { signal: AbortSignal.abort(reason) });
    await expect(sending).rejects.toBe(reason);
  });
});
