import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageOutput } from "../schemas/page.ts";
import { subscriptionOutput } from "../schemas/subscription-output.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
let mainId: string;
beforeAll(async () => {
  app = await openTestApp();
  const { json } = await app.request("GET", "/v1/subscriptions");
  mainId = json.data[0].id;
});
afterAll(() => app.close());

const create = (body: object) => app.request("POST", "/v1/subscriptions", { body });
const makeInbox = async (): Promise<string> =>
  (await create({ name: `inbox ${randomUUID()}`, channel: "inbox" })).json.id;
const at = (id: string, rest = ""): string => `/v1/subscriptions/${id}${rest}`;

describe("POST /v1/subscriptions", () => {
  it("answers with what was sent and what became of it", async () => {
    const input = {
      name: "large orders",
      channel: "inbox",
      filter: { type: [{ prefix: "order." }], payload: { amount: [{ numeric: [">", 1_000] }] } },
      retry: { max_attempts: 3 },
      ordered: true,
      on_dead: "skip",
      labels: ["customer:acme"],
      expires_at: "2126-01-01T00:00:00.000Z",
    };
    const { status, headers, json } = await create({ ...input, start_from: "now" });
    expect(status).toBe(201);
    expect(headers.location).toBe(at(json.id));
    expect(subscriptionOutput.strict().parse(json)).toMatchObject({
      ...input,
      state: "active",
      state_reason: null,
      catching_up: false,
    });
    expect((await app.request("GET", at(json.id))).json).toEqual(json);
  });

  it("fills in what was left out", async () => {
    const { json } = await create({ name: "plain", channel: "inbox" });
    expect(json).toMatchObject({
      filter: null,
      retry: { max_attempts: 10 },
      ordered: false,
      on_dead: "park",
      labels: [],
      expires_at: null,
    });
    expect(json).not.toHaveProperty("matches");
  });

  it("knows an inbox by its name", async () => {
    expect((await create({ name: "twice", channel: "inbox" })).status).toBe(201);
    expect(await create({ name: "twice", channel: "inbox" })).toMatchObject({
      status: 409,
      json: { code: "name_taken" },
    });
    expect((await create({ name: "main", channel: "inbox" })).status).toBe(409);
  });

  it("points to the clause of a filter that is not right", async () => {
    const filter = { payload: { amount: [{ numeric: [">"] }] } };
    const { status, json } = await create({ name: "n", channel: "inbox", filter });
    expect(status).toBe(422);
    expect(json.code).toBe("invalid_filter");
    expect(json.errors[0].pointer).toMatch(/^\/filter\/payload\/amount\/0/);
  });

  it("keeps a filter as it was sent, `__proto__` and all", async () => {
    const body = '{"name":"odd","channel":"inbox","filter":{"payload":{"__proto__":{"a":[1]}}}}';
    const { json } = await app.request("POST", "/v1/subscriptions", { body });
    const { text } = await app.request("GET", at(json.id));
    expect(text).toContain('"filter":{"payload":{"__proto__":{"a":[1]}}}');
  });

  it("refuses an end that has passed", async () => {
    expect((await create({ name: "n", channel: "inbox", expires_at: "2020-01-01T00:00:00Z" })).status).toBe(
      422,
    );
  });
});

describe("GET /v1/subscriptions", () => {
  it("lists page by page, the main inbox among them", async () => {
    for (let made = 0; made < 3; made++) await makeInbox();
    const { json: all } = await app.request("GET", "/v1/subscriptions");
    expect(pageOutput(subscriptionOutput.strict()).strict().parse(all).next_cursor).toBeNull();
    expect(all.data.find(({ id }: { id: string }) => id === mainId)).toMatchObject({
      name: "main",
      channel: "inbox",
      matches: "unmatched",
    });
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query: string = cursor === "" ? "limit=2" : `limit=2&cursor=${cursor}`;
      const { json } = await app.request("GET", "/v1/subscriptions", { query });
      seen.push(...json.data.map(({ id }: { id: string }) => id));
      cursor = json.next_cursor;
    }
    expect(seen).toEqual(all.data.map(({ id }: { id: string }) => id));
  });
});

describe("PATCH /v1/subscriptions/{id}", () => {
  it("changes what is sent and leaves the rest", async () => {
    const id = await makeInbox();
    const { json: before } = await app.request("GET", at(id));
    const change = { filter: { type: ["a"] }, retry: { max_attempts: 2 }, labels: ["x"] };
    const { status, json } = await app.request("PATCH", at(id), { body: change });
    expect(status).toBe(200);
    expect(json).toEqual({
      ...before,
      ...change,
      updated_at: json.updated_at,
      effective_at: json.effective_at,
    });
  });

  it.each([
    ["channel", "webhook"],
    ["ordered", true],
    ["on_dead", "skip"],
  ])("cannot change %s", async (field, value) => {
    const { status, json } = await app.request("PATCH", at(await makeInbox()), { body: { [field]: value } });
    expect(status).toBe(422);
    expect(json.code).toBe("immutable_field");
    expect(json.errors).toEqual([
      { pointer: `/${field}`, detail: "cannot be changed; make a new subscription" },
    ]);
  });

  it("sets what the main inbox takes, and that of no other", async () => {
    expect((await app.request("PATCH", at(mainId), { body: { matches: "all" } })).json.matches).toBe("all");
    expect((await app.request("PATCH", at(await makeInbox()), { body: { matches: "all" } })).status).toBe(
      422,
    );
    expect((await app.request("PATCH", at(mainId), { body: { matches: "unmatched" } })).status).toBe(200);
  });

  it("gives no name twice", async () => {
    await create({ name: "taken", channel: "inbox" });
    const { json } = await app.request("PATCH", at(await makeInbox()), { body: { name: "taken" } });
    expect(json.code).toBe("name_taken");
  });
});

describe("pause and resume", () => {
  it("answer with the state, also when it is so already", async () => {
    const id = await makeInbox();
    for (const [verb, state] of [
      ["pause", "paused"],
      ["pause", "paused"],
      ["resume", "active"],
      ["resume", "active"],
    ]) {
      const { status, json } = await app.request("POST", at(id, `/${verb}`));
      expect([status, json.state]).toEqual([200, state]);
    }
  });
});

describe("DELETE /v1/subscriptions/{id}", () => {
  it("is gone for every read, and 204 again", async () => {
    const id = await makeInbox();
    expect((await app.request("DELETE", at(id))).status).toBe(204);
    expect((await app.request("DELETE", at(id))).status).toBe(204);
    expect((await app.request("GET", at(id))).status).toBe(404);
    expect((await app.request("POST", at(id, "/pause"))).status).toBe(404);
    expect((await app.request("PATCH", at(id), { body: { labels: [] } })).status).toBe(404);
    expect((await app.request("GET", "/v1/subscriptions", { query: "limit=1000" })).text).not.toContain(id);
  });

  it("leaves the main inbox", async () => {
    expect(await app.request("DELETE", at(mainId))).toMatchObject({
      status: 409,
      json: { code: "main_inbox" },
    });
  });
});

describe("a subscription of another project", () => {
  it("is not there", async () => {
    const other = await app.request("POST", "/v1/projects", {
      key: app.operatorKey,
      body: { name: "other" },
    });
    const key: string = other.json.api_key;
    const id = await makeInbox();
    const asks = [
      app.request("GET", at(id), { key }),
      app.request("PATCH", at(id), { key, body: { labels: [] } }),
      app.request("DELETE", at(id), { key }),
      app.request("POST", at(id, "/pause"), { key }),
      app.request("POST", at(id, "/resume"), { key }),
    ];
    const unknown = await app.request("GET", at(randomUUID()), { key });
    for (const { status, json } of await Promise.all(asks)) {
      expect(status).toBe(404);
      expect(json.detail).toBe(unknown.json.detail);
    }
    expect((await app.request("GET", at(id))).status).toBe(200);
  });
});
