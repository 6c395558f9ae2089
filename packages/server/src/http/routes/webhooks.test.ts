import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeLog } from "../../observe/log.ts";
import { makeMetrics } from "../../observe/metrics.ts";
import { makeHttpServer } from "../http-server.ts";
import { makeRateLimit } from "../rate-limit.ts";
import {
  createdSubscriptionOutput,
  statsOutput,
  subscriptionOutput,
  subscriptionWithSecretOutput,
} from "../schemas/subscription-output.ts";
import { testSendingOutput } from "../schemas/test-sending.ts";
import { openReceiver } from "../testing/open-receiver.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ config: { allowNetworks: ["127.0.0.0/8"] } });
});
afterAll(() => app.close());

const create = (body: object) => app.request("POST", "/v1/subscriptions", { body });
const someUrl = () => `https://example.com/${randomUUID()}`;
const webhookTo = (url: string, more: object = {}) => ({ channel: "webhook", webhook: { url }, ...more });
const at = (id: string, rest = ""): string => `/v1/subscriptions/${id}${rest}`;
const OWN_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const DEFAULT_SCHEDULE = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

describe("POST /v1/subscriptions for a webhook", () => {
  it("answers with what was sent, what became of it, and the secret", async () => {
    const input = {
      name: "orders",
      channel: "webhook",
      filter: { type: [{ prefix: "order." }] },
      webhook: {
        url: someUrl(),
        format: "payload",
        headers: { "x-tenant": "acme", Authorization: "Bearer abc" },
        timeout_seconds: 20,
        rate_per_second: 2.5,
        max_in_flight: 3,
      },
      retry: { max_attempts: 4, schedule_seconds: [0, 1.5, 60] },
      ordered: true,
      on_dead: "skip",
      labels: ["customer:acme"],
      expires_at: "2126-01-01T00:00:00.000Z",
    };
    const { status, headers, json, text } = await create({ ...input, secret: OWN_SECRET });
    expect(status).toBe(201);
    expect(headers).toMatchObject({ location: at(json.id), "cache-control": "no-store" });
    const { secret, ...shown } = createdSubscriptionOutput.strict().parse(json);
    expect(secret).toBe(OWN_SECRET);
    expect(shown).toMatchObject({
      ...input,
      webhook: { ...input.webhook, headers: { "x-tenant": "***", Authorization: "***" } },
      ...{ state: "active", state_reason: null, catching_up: false },
    });
    expect(text).not.toContain("Bearer abc");
    expect((await app.request("GET", at(json.id))).json).toEqual(shown);
  });

  it("fills in what was left out and makes a secret", async () => {
    const url = someUrl();
    const { json } = await create(webhookTo(url));
    expect(json).toMatchObject({
      name: null,
      webhook: {
        ...{ url, format: "event", headers: {} },
        ...{ timeout_seconds: 15, rate_per_second: null, max_in_flight: 10 },
      },
      retry: { max_attempts: 10, schedule_seconds: DEFAULT_SCHEDULE },
      ...{ filter: null, ordered: false, on_dead: "park", labels: [], expires_at: null },
    });
    expect(json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  it("tries as often as its schedule has steps", async () => {
    const { json } = await create(webhookTo(someUrl(), { retry: { schedule_seconds: [0, 1, 2] } }));
    expect(json.retry).toEqual({ max_attempts: 3, schedule_seconds: [0, 1, 2] });
  });

  it("answers the same one again with the one that is there, without its secret", async () => {
    const body = webhookTo(someUrl(), { filter: { type: ["a"], source: ["b"] } });
    const { json: made } = await create(body);
    const again = { ...body, filter: { source: ["b"], type: ["a"] }, name: "other", secret: OWN_SECRET };
    const spelled = { ...again, start_from: "earliest", retry: { schedule_seconds: DEFAULT_SCHEDULE } };
    for (const same of [body, again, spelled]) {
      const { status, headers, json } = await create(same);
      expect(status).toBe(200);
      expect(headers.location).toBe(at(made.id));
      const { secret: _, ...shown } = made;
      expect(json).toEqual(shown);
    }
  });

  it.each([
    ["labels", { labels: ["x"] }],
    ["retry", { retry: { max_attempts: 2 } }],
    ["ordered", { ordered: true }],
    ["expires_at", { expires_at: "2126-01-01T00:00:00Z" }],
  ])("refuses the same one with other %s, and names it", async (_, more) => {
    const body = webhookTo(someUrl());
    const { json: made } = await create(body);
    const { status, json } = await create({ ...body, ...more });
    expect([status, json.code]).toEqual([409, "subscription_exists"]);
    expect(json.detail).toContain(made.id);
  });

  it("makes another one for another filter or format", async () => {
    const url = someUrl();
    const bodies = [
      webhookTo(url),
      webhookTo(url, { filter: { type: ["a"] } }),
      { channel: "webhook", webhook: { url, format: "payload" } },
    ];
    const ids = new Set();
    for (const body of bodies) {
      const { status, json } = await create(body);
      expect(status).toBe(201);
      ids.add(json.id);
    }
    expect(ids.size).toBe(3);
  });

  it("makes a new one when the one before was deleted", async () => {
    const body = webhookTo(someUrl());
    const { json } = await create(body);
    await app.request("DELETE", at(json.id));
    expect((await create(body)).status).toBe(201);
  });

  it("gives no name twice", async () => {
    await create(webhookTo(someUrl(), { name: "one name" }));
    expect((await create(webhookTo(someUrl(), { name: "one name" }))).json.code).toBe("name_taken");
  });

  it.each([
    ["another scheme", "ftp://example.com/"],
    ["no URL", "example.com"],
    ["credentials", "https://user:word@example.com/"],
    ["the port of a database", "https://example.com:5432/"],
    ["an address of a private network", "https://10.0.0.1/"],
    ["an address in decimal", "http://167772161/"],
    ["metadata of a cloud", "http://169.254.169.254/latest/meta-data"],
    ["IPv6 loopback", "https://[::1]/"],
    ["a space", "https://example.com/a b"],
    ["a long one", `https://example.com/${"a".repeat(2_048)}`],
  ])("refuses a URL with %s", async (_, url) => {
    const { status, json } = await create(webhookTo(url));
    expect([status, json.code]).toEqual([422, "invalid_request"]);
    expect(json.errors.map((one: { pointer: string }) => one.pointer)).toEqual(["/webhook/url"]);
  });

  it("takes an address of a network that the operator allows", async () => {
    for (const url of ["http://127.0.0.1:9/a", "http://localhost:9/b"])
      expect((await create(webhookTo(url))).status).toBe(201);
    expect((await create(webhookTo("http://127.0.0.1:6379/"))).status).toBe(422);
  });

  it.each([
    ["webhook-id", "/webhook/headers/webhook-id"],
    ["Host", "/webhook/headers/Host"],
    ["transfer-encoding", "/webhook/headers/transfer-encoding"],
    ["a b", "/webhook/headers/a b"],
    ["a/b", "/webhook/headers/a~1b"],
    ["", "/webhook/headers/"],
  ])("refuses the header %j", async (name, pointer) => {
    const { status, json } = await create({
      channel: "webhook",
      webhook: { url: someUrl(), headers: { [name]: "v" } },
    });
    expect(status).toBe(422);
    expect(json.errors.map((one: { pointer: string }) => one.pointer)).toEqual([pointer]);
  });

  it("refuses a header with a line break, and says nothing of its value", async () => {
    const { status, text } = await create({
      channel: "webhook",
      webhook: { url: someUrl(), headers: { "x-a": "secret-content\r\nx-b: c" } },
    });
    expect(status).toBe(422);
    expect(text).not.toContain("secret-content");
  });

  it("keeps a header called `__proto__`, and shows it like any other", async () => {
    const body = `{"channel":"webhook","webhook":{"url":"${someUrl()}","headers":{"__proto__":"v"}}}`;
    const { text } = await app.request("POST", "/v1/subscriptions", { body });
    expect(text).toContain('"headers":{"__proto__":"***"}');
  });
});

describe("PATCH of a webhook", () => {
  const make = async (more: object = {}) => (await create(webhookTo(someUrl(), more))).json;

  it("changes what is sent and leaves the rest", async () => {
    const { secret: _, ...before } = await make({ name: `n ${randomUUID()}`, labels: ["a"] });
    const change = {
      name: null,
      webhook: { format: "cloudevents", rate_per_second: 5 },
      retry: { schedule_seconds: [0, 9] },
    };
    const { status, json } = await app.request("PATCH", at(before.id), { body: change });
    expect(status).toBe(200);
    expect(subscriptionOutput.strict().parse(json)).toEqual({
      ...before,
      name: null,
      webhook: { ...before.webhook, ...change.webhook },
      retry: { max_attempts: 10, schedule_seconds: [0, 9] },
      updated_at: json.updated_at,
    });
    const { json: reset } = await app.request("PATCH", at(before.id), {
      body: { retry: { schedule_seconds: null, max_attempts: 2 }, webhook: { rate_per_second: null } },
    });
    expect(reset).toMatchObject({
      webhook: { rate_per_second: null, format: "cloudevents" },
      retry: { max_attempts: 2, schedule_seconds: DEFAULT_SCHEDULE },
    });
  });

  it("checks a new URL and new headers like the first ones", async () => {
    const { id } = await make();
    for (const [webhook, pointer] of [
      [{ url: "http://10.0.0.1/" }, "/webhook/url"],
      [{ headers: { host: "a" } }, "/webhook/headers/host"],
    ] as const) {
      const { status, json } = await app.request("PATCH", at(id), { body: { webhook } });
      expect([status, json.errors[0].pointer]).toEqual([422, pointer]);
    }
  });

  it("does not become the same as another one", async () => {
    const [one, other] = [await make(), await make()];
    const body = { webhook: { url: one.webhook.url } };
    expect((await app.request("PATCH", at(other.id), { body })).json.code).toBe("subscription_exists");
  });

  it("leaves what only a webhook has off an inbox", async () => {
    const { json: inbox } = await create({ channel: "inbox", name: `inbox ${randomUUID()}` });
    for (const [body, pointer] of [
      [{ webhook: { url: someUrl() } }, "/webhook"],
      [{ retry: { schedule_seconds: [0] } }, "/retry/schedule_seconds"],
      [{ retry: { schedule_seconds: null } }, "/retry/schedule_seconds"],
      [{ name: null }, "/name"],
    ] as const) {
      const { status, json } = await app.request("PATCH", at(inbox.id), { body });
      expect([status, json.errors[0].pointer]).toEqual([422, pointer]);
    }
    expect((await app.request("GET", at(inbox.id))).json).toEqual(inbox);
  });
});

describe("GET /v1/subscriptions?label=", () => {
  it("lists those that have the label", async () => {
    const label = `label ${randomUUID()}`;
    const made = [
      (await create(webhookTo(someUrl(), { labels: [label, "b"] }))).json.id,
      (await create({ channel: "inbox", name: `i ${randomUUID()}`, labels: [label] })).json.id,
    ];
    await create(webhookTo(someUrl(), { labels: ["b"] }));
    const query = `label=${encodeURIComponent(label)}&limit=1`;
    const { json: first } = await app.request("GET", "/v1/subscriptions", { query });
    const { json: second } = await app.request("GET", "/v1/subscriptions", {
      query: `${query}&cursor=${first.next_cursor}`,
    });
    expect([first, second].flatMap(({ data }) => data.map(({ id }: { id: string }) => id))).toEqual(made);
    expect(second.next_cursor).toBeNull();
  });
});

describe("the secret of a webhook", () => {
  it("is read, and rotated with an answer that shows the new one", async () => {
    const { json: made } = await create(webhookTo(someUrl()));
    const read = () => app.request("GET", at(made.id, "/secret"));
    const first = await read();
    expect(first.headers["cache-control"]).toBe("no-store");
    expect(first.json).toEqual({ secret: made.secret });
    for (const body of [undefined, {}, { overlap_hours: 0 }, { overlap_hours: 720 }]) {
      const { status, headers, json } = await app.request("POST", at(made.id, "/rotate-secret"), { body });
      expect([status, headers["cache-control"]]).toEqual([200, "no-store"]);
      expect(subscriptionWithSecretOutput.strict().parse(json).id).toBe(made.id);
      expect((await read()).json).toEqual({ secret: json.secret });
      expect(json.secret).not.toBe(made.secret);
    }
  });

  it.each([
    ["GET", "/secret"],
    ["POST", "/rotate-secret"],
    ["POST", "/test"],
  ])("is nothing that an inbox has: %s %s", async (method, rest) => {
    const { json } = await create({ channel: "inbox", name: `inbox ${randomUUID()}` });
    const answer = await app.request(method, at(json.id, rest));
    expect([answer.status, answer.json.code]).toEqual([409, "not_a_webhook"]);
  });
});

describe("the log", () => {
  it("has one line for each reading of a secret, which is not in it", async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(line, _encoding, done) {
        lines.push(String(line));
        done();
      },
    });
    const { flow, config } = app.app;
    const sendTest = () => Promise.reject(new Error("Nothing is sent here."));
    const parts = { flow, config, log: makeLog("info", sink), metrics: makeMetrics("0"), version: "0" };
    const server = await makeHttpServer({ ...parts, sendTest, rateLimit: makeRateLimit(0, () => 0) });
    const { json: made } = await create(webhookTo(someUrl()));
    const headers = { authorization: `Bearer ${app.key}` };
    await server.inject({ method: "GET", url: at(made.id, "/secret"), headers });
    await server.close();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ audit: true, action: "subscription.secret_read", subscriptionId: made.id }),
    ]);
    expect(lines.join()).not.toContain(made.secret);
  });
});

describe("GET /v1/subscriptions/{id}/stats", () => {
  it("counts what stands where", async () => {
    const type = `stats.${randomUUID()}`;
    const { json: inbox } = await create({ channel: "inbox", name: type, filter: { type: [type] } });
    for (let n = 0; n < 3; n++) await app.request("POST", "/v1/events", { body: { type, payload: { n } } });
    const lease = { query: `inbox=${type}`, body: { limit: 1 } };
    const { json: leased } = await app.request("POST", "/v1/inbox/lease", lease);
    expect(leased.deliveries).toHaveLength(1);
    const { status, json } = await app.request("GET", at(inbox.id, "/stats"));
    expect(status).toBe(200);
    expect(statsOutput.strict().parse(json)).toEqual({
      pending: { count: 2, more: false },
      leased: { count: 1, more: false },
      dead: { count: 0, more: false },
      next_due_at: expect.any(String),
      failing_since: null,
    });
  });

  it("has no time where nothing waits", async () => {
    const { json: inbox } = await create({
      channel: "inbox",
      name: `i ${randomUUID()}`,
      filter: { type: ["none"] },
    });
    expect((await app.request("GET", at(inbox.id, "/stats"))).json.next_due_at).toBeNull();
  });
});

describe("POST /v1/subscriptions/{id}/test", () => {
  it("sends a sample now and shows what was sent and what came back", async () => {
    const receiver = await openReceiver((response) => {
      response.writeHead(418, { "content-type": "text/plain" }).end("I am a teapot");
    });
    const { json: made } = await create({
      channel: "webhook",
      filter: { type: ["no such type"] },
      webhook: { url: receiver.url, headers: { "x-tenant": "secret-content" } },
    });
    const { status, json } = await app.request("POST", at(made.id, "/test"));
    const [got] = receiver.received;
    await receiver.close();
    expect(status).toBe(200);
    const { request, response } = testSendingOutput.strict().parse(json);
    expect(request.url).toBe(receiver.url);
    expect(request.body).toBe(got?.body);
    expect(got?.headers["x-tenant"]).toBe("secret-content");
    expect(request.headers).toMatchObject({
      "x-tenant": "***",
      "webhook-id": got?.headers["webhook-id"],
      "webhook-signature": got?.headers["webhook-signature"],
    });
    expect(response).toMatchObject({ status_code: 418, error_code: null, excerpt: "I am a teapot" });
  });

  it("tells why there was no answer", async () => {
    const receiver = await openReceiver(() => undefined);
    await receiver.close();
    const { json: made } = await create(webhookTo(receiver.url));
    const { status, json } = await app.request("POST", at(made.id, "/test"));
    expect([status, json.response.status_code, json.response.error_code]).toEqual([200, null, "refused"]);
  });
});

describe("a webhook of another project", () => {
  it("is not there", async () => {
    const other = await app.request("POST", "/v1/projects", { key: app.operatorKey, body: { name: "o" } });
    const key: string = other.json.api_key;
    const { id } = (await create(webhookTo(someUrl()))).json;
    const unknown = await app.request("GET", at(randomUUID()), { key });
    for (const [method, rest] of [
      ["GET", "/secret"],
      ["GET", "/stats"],
      ["POST", "/rotate-secret"],
      ["POST", "/test"],
    ] as const) {
      const { status, json } = await app.request(method, at(id, rest), { key });
      expect([status, json.detail]).toEqual([404, unknown.json.detail]);
    }
  });
});
