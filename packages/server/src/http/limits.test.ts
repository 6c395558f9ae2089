import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeLog } from "../observe/log.ts";
import { makeMetrics } from "../observe/metrics.ts";
import { makeHttpServer } from "./http-server.ts";
import { makeRateLimit } from "./rate-limit.ts";
import { openTestApp, type TestApp } from "./testing/open-test-app.ts";

describe("a caller over the limit", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp({ config: { rateLimit: 1 } });
  });
  afterAll(() => app.close());

  it("is refused before the body is read, and told when to come again", async () => {
    const tooLarge = { body: "x".repeat(5_000_000), headers: { "content-type": "text/plain" } };
    expect((await app.request("POST", "/v1/keys", tooLarge)).status).toBe(413);
    const { status, headers, json } = await app.request("POST", "/v1/keys", tooLarge);
    expect(status).toBe(429);
    expect(json.code).toBe("rate_limited");
    expect(headers).toMatchObject({
      "retry-after": "1",
      "ratelimit-policy": '"requests";q=1;w=1',
      ratelimit: '"requests";r=0;t=1',
      connection: "close",
    });
  });

  it("takes nothing from others, nor from those who need no key", async () => {
    expect((await app.request("GET", "/metrics", { key: app.operatorKey })).status).toBe(200);
    expect((await app.request("GET", "/healthz")).status).toBe(200);
  });
});

describe("a post of events", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp({ config: { rateLimit: 2 } });
  });
  afterAll(() => app.close());

  it.each([
    ["of a type that is not taken", { body: "1", headers: { "content-type": "text/plain" } }, 415],
    ["that is no JSON", { body: "{", headers: { "content-type": "application/json" } }, 400],
  ])("%s is told the limit of events too", async (_, post, expected) => {
    const { status, headers } = await app.request("POST", "/v1/events", post);
    expect(status).toBe(expected);
    expect(headers).toMatchObject({
      "ratelimit-policy": '"events";q=2;w=1',
      ratelimit: expect.stringMatching(/^"events";r=[0-2];t=[01]$/),
    });
  });

  it("without a key is told none", async () => {
    const { status, headers } = await app.request("POST", "/v1/events", { body: "{}", key: null });
    expect(status).toBe(401);
    expect(headers).not.toHaveProperty("ratelimit");
  });
});

describe("a full node", () => {
  it("refuses events before their body is parsed, and nothing else", async () => {
    const { app, key, close } = await openTestApp();
    const { config } = app;
    const flow = { ...app.flow, isFull: () => true };
    const log = makeLog("silent");
    const sendTest = () => Promise.reject(new Error("Nothing is sent here."));
    const metrics = makeMetrics("0");
    const rateLimit = makeRateLimit(0, () => 0);
    const server = await makeHttpServer({ flow, config, log, metrics, version: "0", sendTest, rateLimit });
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    for (const url of ["/v1/events", "/v1/events/batch"]) {
      const answer = await server.inject({ method: "POST", url, headers, payload: "{" });
      expect(answer.statusCode).toBe(503);
      expect(answer.json().code).toBe("overloaded");
      expect(answer.headers["retry-after"]).toBe("1");
    }
    expect((await server.inject({ method: "GET", url: "/v1/me", headers })).statusCode).toBe(200);
    await server.close();
    await close();
  });
});
