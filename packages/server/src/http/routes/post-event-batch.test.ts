import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestAnswer, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ config: { maxEventBytes: 10_000 } });
});
afterAll(() => app.close());

function post(body: unknown, headers: Record<string, string> = {}, query?: string): Promise<TestAnswer> {
  return app.request("POST", "/v1/events/batch", {
    body,
    headers,
    ...(query === undefined ? {} : { query }),
  });
}

const ndjson = { "content-type": "application/x-ndjson" };

describe("a batch", () => {
  it("says of each item in the order sent what became of it", async () => {
    const { status, json } = await post({
      events: [{ payload: { n: 0 } }, { payload: 1 }, { payload: { n: 2 }, type: "a" }, { type: 1, x: 1 }],
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ created: 2, replayed: 0, failed: 2 });
    const [first, second, third, fourth] = json.results;
    expect(first).toEqual({
      outcome: "created",
      event_id: expect.any(String),
      timestamp: expect.stringMatching(/Z$/),
    });
    expect(second).toMatchObject({
      outcome: "failed",
      error: { status: 422, code: "invalid_request", errors: [{ pointer: "/events/1/payload" }] },
    });
    expect((await app.request("GET", `/v1/events/${third.event_id}`)).json).toMatchObject({
      payload: { n: 2 },
      type: "a",
    });
    const pointers = fourth.error.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual(["/events/3/type", "/events/3/x", "/events/3/payload"]);
  });

  it("may hold lines of NDJSON, of which a broken one fails alone", async () => {
    const lines = [
      '{"payload":{"n":0}}',
      "",
      '{"payload":',
      "  \r",
      '{"payload":{"n": 1}}\r',
      "[]",
      '{"payload":{},"payload":{}}',
    ];
    const { status, json } = await post(`${lines.join("\n")}\n`, ndjson);
    expect(status).toBe(200);
    expect(json).toMatchObject({ created: 2, failed: 3 });
    expect(json.results.map((one: { error?: { code: string } }) => one.error?.code ?? null)).toEqual([
      null,
      "malformed_json",
      null,
      "invalid_request",
      "duplicate_key",
    ]);
    expect(json.results[3].error.errors).toEqual([{ pointer: "/3", detail: "must be an object" }]);
    const { text } = await app.request("GET", `/v1/events/${json.results[2].event_id}/payload`);
    expect(text).toBe('{"n": 1}');
  });

  it("with a flaw inside an item fails that item alone", async () => {
    const deep = "[".repeat(65) + "]".repeat(65);
    const body = `{"events":[{"payload":{"a":"\\ud800"}},{"payload":{}},{"payload":{"a":${deep}}}]}`;
    const { status, json } = await post(body);
    expect(status).toBe(200);
    expect(json).toMatchObject({ created: 1, failed: 2 });
    expect(json.results[0].error).toMatchObject({
      code: "lone_surrogate",
      errors: [{ pointer: "/events/0/payload/a" }],
    });
    expect(json.results[2].error.code).toBe("json_too_deep");
  });

  it("takes no larger items than a single post", async () => {
    const large = { payload: { text: "x".repeat(10_000) } };
    const { json } = await post({ events: [large, { payload: {} }] });
    expect(json).toMatchObject({ created: 1, failed: 1 });
    expect(json.results[0].error).toMatchObject({ status: 413, code: "payload_too_large" });
  });

  it("gives item i the key `<key>/<i>` unless it has its own", async () => {
    const events = [{ payload: {} }, { payload: {}, idempotency_key: "own" }, { payload: { n: 2 } }];
    const headers = { "idempotency-key": "batch-1" };
    const first = await post({ events }, headers);
    expect(first.json).toMatchObject({ created: 3, replayed: 0, failed: 0 });
    const again = await post(
      { events: [{ payload: {} }, events[1], { payload: { n: 3 } }, { payload: {} }] },
      headers,
    );
    expect(again.json).toMatchObject({ created: 1, replayed: 2, failed: 1 });
    expect(again.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      ...["replayed", "replayed"],
      ...["failed", "created"],
    ]);
    expect(again.json.results[0].event_id).toBe(first.json.results[0].event_id);
    expect(again.json.results[2].error.code).toBe("idempotency_key_reused");
    const single = await app.request("POST", "/v1/events", {
      body: { payload: {} },
      headers: { "idempotency-key": "batch-1/0" },
    });
    expect(single.json.event_id).toBe(first.json.results[0].event_id);
  });

  it("replays an item whose key stands in it twice", async () => {
    const item = { payload: {}, idempotency_key: "twice" };
    const { json } = await post({ events: [item, item, { ...item, payload: { n: 1 } }] });
    expect(json).toMatchObject({ created: 1, replayed: 1, failed: 1 });
    expect(json.results[1].event_id).toBe(json.results[0].event_id);
  });

  it("takes 1,000 items", async () => {
    const { json } = await post({ events: new Array(1_000).fill({ payload: {} }) });
    expect(json.created).toBe(1_000);
    expect(new Set(json.results.map(({ event_id }: { event_id: string }) => event_id)).size).toBe(1_000);
  });

  it("answers with less than 4 MiB however much is wrong with it", async () => {
    const bad = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${"é".repeat(100)}${n}`, 1]));
    const { status, text, json } = await post({ events: new Array(400).fill(bad) });
    expect(status).toBe(200);
    expect(json.failed).toBe(400);
    expect(Buffer.byteLength(text)).toBeLessThan(4 * 1024 * 1024);
  });
});

describe("on_invalid=reject_all", () => {
  it("stores nothing if one item is invalid, and lists all faults", async () => {
    const { status, json } = await post(
      {
        events: [
          { payload: {}, source: "rejected" },
          { payload: 1 },
          { payload: { text: "x".repeat(10_000) } },
        ],
      },
      {},
      "on_invalid=reject_all",
    );
    expect(status).toBe(422);
    expect(json.code).toBe("invalid_request");
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/events/1/payload",
      "/events/2",
    ]);
    expect((await app.request("GET", "/v1/events", { query: "source=rejected" })).json.data).toEqual([]);
  });

  it("stores everything if all items are valid", async () => {
    const { status, json } = await post('{"payload":{}}\n{"payload":{}}', ndjson, "on_invalid=reject_all");
    expect(status).toBe(200);
    expect(json.created).toBe(2);
  });
});
