import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const put = (name: string, body: unknown, key = app.key) =>
  app.request("PUT", `/v1/subscriptions/by-name/${encodeURIComponent(name)}`, { body, key });
const some = () => `n ${randomUUID()}`;
const someUrl = () => `https://example.com/${randomUUID()}`;
const webhookTo = (url: string, more: object = {}) => ({ channel: "webhook", webhook: { url }, ...more });

describe("PUT /v1/subscriptions/by-name/{name}", () => {
  it("makes an inbox, then leaves it as it is", async () => {
    const name = some();
    const body = { channel: "inbox", filter: { type: ["a"], source: ["b"] }, labels: ["x"], ordered: true };
    const { status, headers, json } = await put(name, body);
    expect(status).toBe(201);
    expect(headers.location).toBe(`/v1/subscriptions/${json.id}`);
    expect(json).toMatchObject({ ...body, name });
    expect(json).not.toHaveProperty("secret");
    for (const same of [body, { ...body, filter: { source: ["b"], type: ["a"] }, start_from: "earliest" }]) {
      const again = await put(name, same);
      expect([again.status, again.json]).toEqual([200, json]);
    }
  });

  it("makes a webhook with a secret, which it shows once", async () => {
    const name = some();
    const body = { channel: "webhook", webhook: { url: someUrl(), headers: { "x-a": "b" } } };
    const { status, json } = await put(name, body);
    expect([status, json.name]).toEqual([201, name]);
    const { secret, ...shown } = json;
    expect(secret).toMatch(/^whsec_/);
    const again = await put(name, { ...body, secret });
    expect([again.status, again.json]).toEqual([200, shown]);
  });

  it("changes what differs, also by leaving it out", async () => {
    const name = some();
    const url = someUrl();
    const settings = { labels: ["x"], expires_at: "2126-01-01T00:00:00.000Z", filter: { type: ["a"] } };
    const retry = { schedule_seconds: [0, 1] };
    const { json: made } = await put(name, webhookTo(url, { ...settings, retry }));
    const { status, json } = await put(name, { channel: "webhook", webhook: { url, max_in_flight: 2 } });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: made.id,
      ...{ filter: null, labels: [], expires_at: null },
      webhook: { url, max_in_flight: 2 },
      retry: { max_attempts: 10 },
    });
    expect((await app.request("GET", `/v1/subscriptions/${made.id}`)).json).toEqual(json);
  });

  it.each<[string, object, string]>([
    ["the channel", webhookTo(someUrl()), "/channel"],
    ["ordered", { channel: "inbox", ordered: true }, "/ordered"],
    ["on_dead", { channel: "inbox", on_dead: "skip" }, "/on_dead"],
  ])("cannot change %s", async (_, body, pointer) => {
    const name = some();
    await put(name, { channel: "inbox" });
    const { status, json } = await put(name, body);
    expect([status, json.code]).toEqual([422, "immutable_field"]);
    expect(json.errors).toEqual([{ pointer, detail: "cannot be changed; make a new subscription" }]);
  });

  it("leaves ordered and on_dead as they are where nothing is said of them", async () => {
    const name = some();
    await put(name, { channel: "inbox", ordered: true, on_dead: "skip" });
    const { status, json } = await put(name, { channel: "inbox", labels: ["x"] });
    expect(status).toBe(200);
    expect(json).toMatchObject({ ordered: true, on_dead: "skip", labels: ["x"] });
  });

  it("refuses another secret than the present one", async () => {
    const name = some();
    const body = webhookTo(someUrl());
    await put(name, body);
    const { json } = await put(name, { ...body, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    expect([json.code, json.errors[0].pointer]).toEqual(["immutable_field", "/secret"]);
  });

  it("refuses a webhook that is there under another name or none, and names its id", async () => {
    const url = someUrl();
    const { json: made } = await app.request("POST", "/v1/subscriptions", { body: webhookTo(url) });
    const { status, json } = await put(some(), webhookTo(url));
    expect([status, json.code]).toEqual([409, "subscription_exists"]);
    expect(json.detail).toContain(made.id);
  });

  it("makes one of many that ask at the same time", async () => {
    for (const body of [{ channel: "inbox", labels: ["x"] }, webhookTo(someUrl(), { labels: ["x"] })]) {
      const name = some();
      const answers = await Promise.all(Array.from({ length: 8 }, () => put(name, body)));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array(7).fill(200), 201]);
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    }
  });

  it("makes a new one where the one before was deleted", async () => {
    const name = some();
    const { json } = await put(name, { channel: "inbox" });
    await app.request("DELETE", `/v1/subscriptions/${json.id}`);
    expect((await put(name, { channel: "inbox" })).status).toBe(201);
  });

  it("changes the main inbox as far as it can be changed", async () => {
    const { status, json } = await put("main", { channel: "inbox", labels: ["x"] });
    expect(status).toBe(200);
    expect(json).toMatchObject({ name: "main", labels: ["x"], matches: "unmatched" });
    expect((await put("main", { channel: "inbox", filter: { type: ["a"] } })).status).toBe(422);
  });

  it.each([
    ["an id", randomUUID()],
    ["control characters", "a\u0000b"],
    ["129 characters", "n".repeat(129)],
  ])("refuses a name with %s", async (_, name) => {
    const { status, json } = await put(name, { channel: "inbox" });
    expect(status).toBe(422);
    expect(json.errors[0].pointer).toBe("/name");
  });

  it("takes any other name, up to 128 characters of four bytes", async () => {
    for (const name of ["a/b ?#%", "💶".repeat(128), "by-name", "größe"]) {
      const { status, json } = await put(name, { channel: "inbox" });
      expect([status, json.name]).toEqual([201, name]);
    }
  });

  it("knows names of its own project only", async () => {
    const other = await app.request("POST", "/v1/projects", { key: app.operatorKey, body: { name: "o" } });
    const name = some();
    const { json: mine } = await put(name, { channel: "inbox" });
    const { status, json } = await put(name, { channel: "inbox", ordered: true }, other.json.api_key);
    expect(status).toBe(201);
    expect(json.id).not.toBe(mine.id);
  });
});
