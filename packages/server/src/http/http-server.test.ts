import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestApp } from "./testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

describe("a request id", () => {
  it.each(["abc-123", "x", "a b ~!", "i".repeat(128)])("is taken from the caller: %s", async (id) => {
    const { headers, json } = await app.request("GET", "/nowhere", { headers: { "x-request-id": id } });
    expect(headers["x-request-id"]).toBe(id);
    expect(json.request_id).toBe(id);
  });

  it.each(["", "i".repeat(129), "tab\there", "ümlaut"])("is made instead of a faulty one: %j", async (id) => {
    const { headers } = await app.request("GET", "/healthz", { headers: { "x-request-id": id } });
    expect(headers["x-request-id"]).toMatch(/^[\w-]{12}-\w+$/);
  });

  it("is another one for each request", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => app.request("GET", "/healthz")));
    expect(new Set(answers.map(({ headers }) => headers["x-request-id"])).size).toBe(3);
  });
});

describe("a path without a route", () => {
  it("is 404 with a problem document", async () => {
    const { status, headers, json } = await app.request("GET", "/nowhere?a=1", { key: null });
    expect(status).toBe(404);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(json).toMatchObject({ status: 404, code: "not_found" });
  });

  it.each(["/v1", "/v1/", "/v1/nowhere", "/v1/nowhere/%zz", "/%76%31/nowhere", "/v1/events/../nowhere"])(
    "under /v1 tells an anonymous caller only 401: %s",
    async (path) => {
      for (const method of ["GET", "POST", "PATCH", "OPTIONS", "PROPFIND"]) {
        const { status, headers } = await app.request(method, path, { key: null });
        expect(status).toBe(401);
        expect(headers["www-authenticate"]).toBe('Bearer realm="triggers"');
      }
    },
  );

  it("under /v1 is 404 with a key", async () => {
    expect(await app.request("GET", "/v1/nowhere")).toMatchObject({ status: 404 });
    expect(await app.request("POST", "/v1/nowhere", { body: { a: 1 } })).toMatchObject({ status: 404 });
    expect(await app.request("GET", `/v1/subscriptions/${"x".repeat(600)}`)).toMatchObject({ status: 404 });
  });

  it("that cannot be read is 400 with a key", async () => {
    const { status, json } = await app.request("GET", "/v1/keys/%zz");
    expect(status).toBe(400);
    expect(json.code).toBe("malformed_request");
  });
});

describe("a method that a path does not take", () => {
  it.each([
    ["POST", "/v1/me", "GET, HEAD"],
    ["OPTIONS", "/v1/keys", "POST, GET, HEAD"],
    ["PROPFIND", "/v1/keys", "POST, GET, HEAD"],
    ["PUT", "/v1/subscriptions/abc", "GET, HEAD, PATCH, DELETE"],
    ["GET", "/v1/subscriptions/abc/pause", "POST"],
    ["DELETE", "/healthz", "GET, HEAD"],
  ])("is 405 with what it takes: %s %s", async (method, path, allow) => {
    const { status, headers, json } = await app.request(method, path);
    expect(status).toBe(405);
    expect(headers.allow).toBe(allow);
    expect(json.code).toBe("method_not_allowed");
  });

  it("tells an anonymous caller nothing", async () => {
    const { status, headers } = await app.request("POST", "/v1/me", { key: null });
    expect(status).toBe(401);
    expect(headers).not.toHaveProperty("allow");
  });

  it("is not HEAD where GET is: it answers with the head alone", async () => {
    const get = await app.request("GET", "/v1/me");
    const head = await app.request("HEAD", "/v1/me");
    expect(head.status).toBe(200);
    expect(head.text).toBe("");
    expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
  });
});

describe("a query", () => {
  it.each([
    ["limit=", "a value"],
    ["limit", "a value"],
    ["limit=1&limit=2", "only once"],
    ["limit=1&%6cimit=2", "only once"],
    ["nothing=1", "`nothing`: it is not known here"],
    ["%0a=1", "each query parameter: it is not known here"],
    ["limit=0", "must be a whole number from 1 to 1000"],
    ["limit=1001", "must be a whole number from 1 to 1000"],
    ["limit=1e1", "must be a whole number from 1 to 1000"],
    ["limit=%zz", "Percent-encode"],
    ["limit=%ff", "Percent-encode"],
    ["=1", "no name"],
    ["limit=1&", "no name"],
    ["__proto__=1", "not known here"],
  ])("that is faulty is 400: %s", async (query, detail) => {
    const { status, json } = await app.request("GET", "/v1/keys", { query });
    expect(status).toBe(400);
    expect(json.code).toBe("invalid_query");
    expect(json.detail).toContain(detail);
  });

  it("is refused where a route has none", async () => {
    expect((await app.request("GET", "/v1/me", { query: "a=1" })).status).toBe(400);
  });

  it("is read after authentication", async () => {
    expect((await app.request("GET", "/v1/keys", { query: "limit=0", key: null })).status).toBe(401);
  });
});

describe("a body", () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    app.request("POST", "/v1/subscriptions", { body, headers });
  const inbox = (name: string): string => JSON.stringify({ name, channel: "inbox" });

  it.each([
    "application/json",
    "APPLICATION/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
  ])("is taken as %s", async (type) => {
    expect((await post(inbox(`type ${type}`), { "content-type": type })).status).toBe(201);
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/vnd.api+json",
    "application/json; charset=latin1",
    "json",
    "",
  ])("of another type is 415: %j", async (type) => {
    const { status, json } = await post(inbox("n"), { "content-type": type });
    expect(status).toBe(415);
    expect(json.code).toBe("unsupported_media_type");
  });

  it("may be packed by gzip", async () => {
    const packed = gzipSync(inbox("packed"));
    expect((await post(packed, { "content-encoding": "gzip" })).status).toBe(201);
  });

  it("packed in another way is 415", async () => {
    expect((await post(inbox("n"), { "content-encoding": "br" })).status).toBe(415);
    expect((await post(inbox("n"), { "content-encoding": "gzip, gzip" })).status).toBe(415);
  });

  it.each([
    ["cut off", gzipSync(inbox("n")).subarray(0, 20)],
    ["not gzip at all", Buffer.from(inbox("n"))],
  ])("packed but %s is 400", async (_, packed) => {
    const { status, json } = await post(packed, { "content-encoding": "gzip" });
    expect(status).toBe(400);
    expect(json.code).toBe("invalid_encoding");
  });

  it("counts as many bytes as it unpacks to", async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, " "));
    expect(bomb.length).toBeLessThan(100_000);
    const { status, json } = await post(bomb, { "content-encoding": "gzip" });
    expect(status).toBe(413);
    expect(json.code).toBe("payload_too_large");
  });

  it("too large is 413, before its type is looked at, and the connection is closed", async () => {
    const { status, headers } = await post("x".repeat(1024 * 1024 + 1), { "content-type": "text/plain" });
    expect(status).toBe(413);
    expect(headers.connection).toBe("close");
  });

  it.each([
    ["", "malformed_json", 400],
    ["{", "malformed_json", 400],
    ['{"name":"a","name":"b"}', "duplicate_key", 400],
    [Buffer.from([0x22, 0xff, 0x22]), "invalid_utf8", 400],
    ['{"name":"\\ud800"}', "lone_surrogate", 422],
    [`{"filter":${"[".repeat(70)}${"]".repeat(70)}}`, "json_too_deep", 422],
    ["[]", "invalid_request", 422],
    ["null", "invalid_request", 422],
  ])("that is not right is refused with its own code: %s", async (body, code, status) => {
    expect(await post(body)).toMatchObject({ status, json: { code } });
  });

  it("where none is wanted may be empty or an empty object, and nothing else", async () => {
    const made = await post(inbox("to pause"));
    const path = `/v1/subscriptions/${made.json.id}/pause`;
    expect((await app.request("POST", path)).status).toBe(200);
    expect((await app.request("POST", path, { body: "" })).status).toBe(200);
    expect((await app.request("POST", path, { body: {} })).status).toBe(200);
    expect((await app.request("POST", path, { body: { a: 1 } })).status).toBe(422);
    expect((await app.request("POST", path, { body: " ".repeat(2_000) })).status).toBe(413);
  });

  it("is not looked at before the caller is known", async () => {
    const parts = { body: "x".repeat(2 * 1024 * 1024), key: null, headers: { "content-type": "text/plain" } };
    const { status, headers } = await app.request("POST", "/v1/subscriptions", parts);
    expect(status).toBe(401);
    expect(headers.connection).toBe("close");
  });
});

describe("a process without the role `api`", () => {
  it("says how it does, and answers nothing else", async () => {
    const worker = await openTestApp({ config: { roles: ["push", "sweep"] } });
    for (const path of ["/healthz", "/readyz"])
      expect(await worker.request("GET", path, { key: null })).toMatchObject({ status: 200 });
    for (const path of ["/v1/events", "/v1/me", "/docs", "/"])
      expect(await worker.request("GET", path)).toMatchObject({ status: 404, json: { code: "not_found" } });
    expect(await worker.request("POST", "/v1/events", { body: { payload: {} } })).toMatchObject({
      status: 404,
    });
    await worker.close();
  });
});
