import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isUuid } from "../../domain/ids.ts";
import { openTestApp, type TestAnswer, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

function post(body: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> {
  return app.request("POST", "/v1/events", { body, headers });
}

async function readBack(id: string) {
  return (await app.request("GET", `/v1/events/${id}`, { query: "view=fact" })).json;
}

describe("a post", () => {
  it("is answered with 201, the event's path and its id", async () => {
    const { status, headers, json } = await post({ payload: { a: 1 } });
    expect(status).toBe(201);
    expect(isUuid(json.event_id)).toBe(true);
    expect(headers).toMatchObject({
      location: `/v1/events/${json.event_id}`,
      "content-type": "application/json; charset=utf-8",
    });
    expect(Object.keys(json)).toEqual(["event_id", "status", "timestamp", "message"]);
    expect(json).toMatchObject({ status: "created", message: "Event accepted and stored." });
    expect(new Date(json.timestamp).toISOString()).toBe(json.timestamp);
  });

  it("comes back with every field it was sent with", async () => {
    const sent = {
      payload: { order_id: "ord_1" },
      type: "order.created",
      source: "shop",
      subject: "cus_9",
      occurred_at: "2026-11-22T11:00:00+01:00",
      ordering_key: "ord_1",
      tags: ["eu"],
      metadata: { priority: "high", any: "thing" },
    };
    const { json } = await post(sent);
    expect(await readBack(json.event_id)).toEqual({
      ...sent,
      id: json.event_id,
      timestamp: json.timestamp,
      occurred_at: "2026-11-22T10:00:00.000Z",
      metadata: { priority: "high", any: "thing", tags: ["eu"] },
      extensions: null,
    });
  });

  it("takes a body with charset, white space and gzip as well", async () => {
    const { gzipSync } = await import("node:zlib");
    const body = gzipSync('\n{ "payload" : { } }\n');
    const type = "application/json; charset=UTF-8";
    const { status } = await post(body, { "content-type": type, "content-encoding": "gzip" });
    expect(status).toBe(201);
  });

  it("that delays delivery shows it as due later", async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const { json } = await post({ payload: {}, deliver_at: at });
    const { json: page } = await app.request("GET", `/v1/events/${json.event_id}/deliveries`);
    expect(page.data).toMatchObject([{ due_at: at, state: "pending" }]);
  });

  it("needs the scope events:write", async () => {
    const key = await app.makeKey(["events:read"]);
    const { status, json } = await app.request("POST", "/v1/events", { body: { payload: {} }, key });
    expect(status).toBe(403);
    expect(json.code).toBe("forbidden");
  });
});

describe("an idempotency key", () => {
  const headers = { "idempotency-key": "order-1" };

  it("makes the same post the same event", async () => {
    const first = await post({ payload: { n: 1 }, type: "a" }, headers);
    const again = await post({ payload: { n: 1 }, type: "a" }, { "idempotency-key": '"order-1"' });
    expect(first.status).toBe(201);
    expect(first.headers["idempotency-replayed"]).toBeUndefined();
    expect(again.status).toBe(200);
    expect(again.text).toBe(first.text);
    expect(again.headers).toMatchObject({
      "idempotency-replayed": "true",
      location: first.headers.location,
    });
  });

  it("belongs to one body", async () => {
    const { status, json } = await post({ payload: { n: 2 }, type: "a" }, headers);
    expect(status).toBe(422);
    expect(json.code).toBe("idempotency_key_reused");
  });

  it("is not used up by a refused post", async () => {
    const key = { "idempotency-key": "order-2" };
    expect((await post({ payload: 1 }, key)).status).toBe(422);
    expect((await post({ payload: {} }, key)).status).toBe(201);
  });

  it("counts for posts at the same time too", async () => {
    const key = { "idempotency-key": "order-3" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => post({ payload: {} }, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...new Array(19).fill(200), 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });
});
