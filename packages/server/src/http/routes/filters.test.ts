import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explanationOutput, filterTestOutput } from "../schemas/filter.ts";
import { pageOutput } from "../schemas/page.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const post = (path: string, body: unknown, key = app.key) => app.request("POST", path, { body, key });
const test = (body: unknown, key = app.key) => post("/v1/filters/test", body, key);
const order = { type: "order.created", payload: { amount: 999 } };
const large = { type: [{ prefix: "order." }], payload: { amount: [{ numeric: [">", 1_000] }] } };

describe("POST /v1/filters/test", () => {
  it("names the clause that fails with the value seen, or none", async () => {
    const { status, json } = await test({ filter: large, event: order });
    expect(status).toBe(200);
    expect(filterTestOutput.parse(json)).toEqual({
      matched: false,
      failed: { pointer: "/payload/amount", pattern: [{ numeric: [">", 1_000] }], value: 999 },
    });
    const { json: fitting } = await test({ filter: large, event: { ...order, payload: { amount: 1_001 } } });
    expect(filterTestOutput.parse(fitting)).toEqual({ matched: true, failed: null });
  });

  it("sees a sample as if it had been accepted", async () => {
    const matches = async (filter: object, event: object) =>
      (await test({ filter, event })).json.matched as boolean;
    expect(await matches({ metadata: { priority: ["normal"] } }, {})).toBe(true);
    expect(await matches({ metadata: { tags: ["eu"] } }, { tags: ["eu"] })).toBe(true);
    expect(await matches({ tags: ["eu"] }, { metadata: { tags: ["eu"] } })).toBe(true);
    expect(await matches({ payload: { __proto__: null, constructor: ["a"] } }, { payload: {} })).toBe(false);
    expect(await matches({ subject: [{ exists: false }] }, { subject: null })).toBe(true);
  });

  it("sees a stored event, and takes one as it is answered", async () => {
    const { json: accepted } = await post("/v1/events", { ...order, ordering_key: "k" });
    const { json: stored } = await test({ filter: large, event_id: accepted.event_id });
    const { json: event } = await app.request("GET", `/v1/events/${accepted.event_id}`);
    expect((await test({ filter: large, event })).json).toEqual(stored);
    expect(stored.failed.pointer).toBe("/payload/amount");
  });

  it("tells of the newest events, one by one", async () => {
    const type = `t.${randomUUID()}`;
    for (const n of [1, 2, 3]) await post("/v1/events", { type, payload: { n } });
    const { json } = await test({ filter: { payload: { n: [2] } }, last: 3 });
    filterTestOutput.parse(json);
    expect(json.data.map(({ matched }: { matched: boolean }) => matched)).toEqual([false, true, false]);
    expect(json.data[0].failed).toEqual({ pointer: "/payload/n", pattern: [2], value: 3 });
    const { json: one } = await test({ filter: null, last: 1 });
    expect(one.data).toEqual([{ event_id: json.data[0].event_id, matched: true, failed: null }]);
  });

  it("points to the clause of a filter that is not right", async () => {
    for (const where of [{ event: order }, { last: 1 }]) {
      const { status, json } = await test({
        filter: { payload: { amount: [{ numeric: [">"] }] } },
        ...where,
      });
      expect([status, json.code]).toEqual([422, "invalid_filter"]);
      expect(json.errors[0].pointer).toMatch(/^\/filter\/payload\/amount\/0/);
    }
  });

  it.each([64, 65])("judges an event that nests %i deep as if it were sent", async (depth) => {
    const nested = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const sent = await post("/v1/events", `{"payload":${nested}}`);
    const tried = await test(`{"filter":null,"event":{"payload":${nested}}}`);
    if (depth <= 64) expect([sent.status, tried.status, tried.json.matched]).toEqual([201, 200, true]);
    else expect([tried.status, tried.json.code]).toEqual([sent.status, sent.json.code]);
  });

  it("does not see events of another project", async () => {
    const other = await post("/v1/projects", { name: "other" }, app.operatorKey);
    const { json: accepted } = await post("/v1/events", order);
    const key: string = other.json.api_key;
    const foreign = await test({ filter: {}, event_id: accepted.event_id }, key);
    const unknown = await test({ filter: {}, event_id: randomUUID() }, key);
    expect([foreign.status, foreign.json.detail]).toEqual([404, unknown.json.detail]);
    expect((await test({ filter: null, last: 100 }, key)).json.data).toEqual([]);
  });
});

describe("GET /v1/events/{id}/explain", () => {
  it("says of each subscription why it takes the event or does not, page by page", async () => {
    const own = await openTestApp();
    const make = async (name: string, filter: object | null) => {
      const body = { channel: "inbox", name, filter };
      return String((await own.request("POST", "/v1/subscriptions", { body })).json.id);
    };
    const ids = [
      await make("all", null),
      await make("large", large),
      await make("orders", { type: ["order.created"] }),
    ];
    const { json: accepted } = await own.request("POST", "/v1/events", { body: order });
    const path = `/v1/events/${accepted.event_id}/explain`;
    const { status, json } = await own.request("GET", path);
    expect(status).toBe(200);
    expect(pageOutput(explanationOutput.strict()).strict().parse(json)).toEqual({
      data: [
        { subscription_id: ids[0], name: "all", matched: true, failed: null },
        {
          ...{ subscription_id: ids[1], name: "large", matched: false },
          failed: { pointer: "/payload/amount", pattern: [{ numeric: [">", 1_000] }], value: 999 },
        },
        { subscription_id: ids[2], name: "orders", matched: true, failed: null },
      ],
      next_cursor: null,
    });
    const { json: first } = await own.request("GET", path, { query: "limit=2" });
    const query = `limit=2&cursor=${first.next_cursor}`;
    const { json: second } = await own.request("GET", path, { query });
    expect([...first.data, ...second.data]).toEqual(json.data);
    expect(second.next_cursor).toBeNull();
    await own.close();
  });

  it("is 404 for an event of another project", async () => {
    const other = await post("/v1/projects", { name: "other" }, app.operatorKey);
    const { json: accepted } = await post("/v1/events", order);
    const path = `/v1/events/${accepted.event_id}/explain`;
    expect((await app.request("GET", path, { key: other.json.api_key })).status).toBe(404);
    expect((await app.request("GET", path)).status).toBe(200);
  });
});
