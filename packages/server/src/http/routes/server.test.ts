import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const ask = (path: string, headers: Record<string, string> = {}) =>
  app.request("GET", path, { key: null, headers });

describe("health and readiness", () => {
  it("answer anybody", async () => {
    expect((await ask("/healthz")).json).toEqual({ status: "ok" });
    expect((await ask("/readyz")).json).toEqual({ status: "ready" });
  });
});

describe("/metrics", () => {
  it("counts requests by route and status, never by path", async () => {
    await app.request("GET", "/v1/me");
    await app.request("GET", "/v1/keys/secret-in-path", { query: "a=secret" });
    const { headers, text } = await app.request("GET", "/metrics", { key: app.operatorKey });
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^triggers_http_requests_total\{method="GET",path="\/v1\/me",status="200"\} 1$/m);
    expect(text).toMatch(/^triggers_http_request_duration_seconds_count\{method="GET",path="\/v1\/me"\} 1$/m);
    expect(text).toMatch(
      /^triggers_http_request_duration_seconds_bucket\{method="GET",path="\/v1\/me",le="\+Inf"\} 1$/m,
    );
    expect(text).toMatch(/^triggers_accept_queue_events 0$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).not.toContain("secret");
  });
});

describe("the home page", () => {
  it("tells a browser what to do next, and needs nothing but itself", async () => {
    const { headers, text } = await ask("/", { accept: "text/html,*/*", host: "triggers.example:8080" });
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(text).toContain("curl http://triggers.example:8080/v1/events");
    expect(text).toMatch(/<html lang="en">/);
    expect(text).not.toMatch(/<script|src=|https?:\/\/(?!triggers\.example)/);
  });

  it("writes no host into itself that is none", async () => {
    const { text } = await ask("/", { host: "x<script>alert(1)</script>" });
    expect(text).toContain("curl http://localhost/v1/events");
    expect(text).not.toContain("<script");
  });

  it("is JSON for programs", async () => {
    const { headers, json } = await ask("/", { accept: "application/json" });
    expect(headers.vary).toBe("accept");
    expect(json).toMatchObject({ name: "Triggers API", openapi: "/openapi.json", documentation: "/docs" });
  });

  it.each([
    ["/docs", "text/html"],
    ["/openapi.json", "application/json"],
    ["/docs/errors.md", "text/markdown"],
  ])("links to what is there: %s", async (path, type) => {
    const { text } = await ask("/", { accept: "text/html" });
    expect(text).toContain(`href="${path}"`);
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    expect(headers["content-type"]).toContain(type);
  });
});

describe("the API reference", () => {
  it("loads its script and its description from here alone", async () => {
    const { headers, text } = await ask("/docs");
    expect(headers["content-security-policy"]).toContain("connect-src 'self'");
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('<script src="/docs/js/scalar.js">');
    expect(text).toContain('"url": "/openapi.json"');
    expect(text).not.toMatch(/https?:\/\//);
    const script = await ask("/docs/js/scalar.js");
    expect(script.status).toBe(200);
    expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(script.text.length).toBeGreaterThan(1_000_000);
  });
});
