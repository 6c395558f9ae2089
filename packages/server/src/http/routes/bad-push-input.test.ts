import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryId } from "../../domain/ids.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
let webhookPath: string;
beforeAll(async () => {
  app = await openTestApp();
  const body = { channel: "webhook", webhook: { url: "https://example.com/" } };
  webhookPath = `/v1/subscriptions/${(await app.request("POST", "/v1/subscriptions", { body })).json.id}`;
});
afterAll(() => app.close());

const ID = "019a0000-0000-7000-8000-000000000000";
const DELIVERY = `/v1/deliveries/${deliveryId({ eventId: ID, subscriptionId: ID, cause: "live" })}`;
const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** Routes that take a body; `W` stands for the path of a webhook that is there. */
const WITH_BODY: readonly [string, string][] = [
  ["POST", "/v1/subscriptions"],
  ["PATCH", "W"],
  ["PUT", "/v1/subscriptions/by-name/n"],
  ["POST", "W/rotate-secret"],
  ["POST", "/v1/filters/test"],
  ["POST", "/v1/deliveries/redrive"],
  ["POST", `${DELIVERY}/cancel`],
  ["POST", `/v1/events/${ID}/replay`],
  ["POST", "/v1/replays"],
];

const WITHOUT_BODY: readonly [string, string][] = [
  ["GET", "W/stats"],
  ["GET", "W/secret"],
  ["POST", "W/test"],
  ["GET", DELIVERY],
  ["POST", `${DELIVERY}/redrive`],
  ["GET", `/v1/jobs/${ID}`],
  ["POST", `/v1/jobs/${ID}/cancel`],
  ["GET", `/v1/events/${ID}/explain`],
];

const ask = (method: string, path: string, parts: Parameters<TestApp["request"]>[2]) =>
  app.request(method, path.replace("W", webhookPath), parts);

describe.each(WITH_BODY)("%s %s", (method, path) => {
  it.each<[string, string, number, string]>([
    ["JSON that breaks off", '{"a":', 400, "malformed_json"],
    ["a key twice", '{"a":1,"a":2}', 400, "duplicate_key"],
    ["a list", "[]", 422, "invalid_request"],
    ["null", "null", 422, "invalid_request"],
    ["`__proto__`", '{"__proto__":{}}', 422, "invalid_request"],
    ["half a surrogate pair", '{"name":"\\ud83d"}', 422, "lone_surrogate"],
    ["more than it takes", `{"name":"${"x".repeat(4 * 1024 * 1024)}"}`, 413, "payload_too_large"],
  ])("refuses %s", async (_, body, status, code) => {
    const answer = await ask(method, path, { body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it("refuses a field that is not known, by its name", async () => {
    const { status, json } = await ask(method, path, { body: { nonsense: 1 } });
    expect(status).toBe(422);
    // Without a channel nothing can be said of the others.
    const hasChannel = path === "/v1/subscriptions" || method === "PUT";
    const pointers = json.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toContain(hasChannel ? "/channel" : "/nonsense");
  });

  it("refuses a form", async () => {
    expect((await ask(method, path, { body: "a=1", headers: FORM })).status).toBe(415);
  });
});

describe.each([...WITH_BODY, ...WITHOUT_BODY])("%s %s", (method, path) => {
  it("refuses a query parameter that is not known", async () => {
    const { status, json } = await ask(method, path, { query: "force=1" });
    expect([status, json.code]).toEqual([400, "invalid_query"]);
  });
});

describe.each(WITHOUT_BODY.filter(([method]) => method === "POST"))("%s %s", (method, path) => {
  it("takes no body", async () => {
    const { status, json } = await ask(method, path, { body: { a: 1 } });
    expect([status, json.code]).toEqual([422, "invalid_request"]);
  });
});

describe("what has an id that is none", () => {
  it.each([
    ["GET", "/v1/deliveries/1"],
    ["POST", `/v1/deliveries/${ID}/redrive`],
    ["POST", "/v1/deliveries/!/cancel"],
    ["GET", "/v1/jobs/1"],
    ["POST", "/v1/jobs/latest/cancel"],
    ["GET", "/v1/events/1/explain"],
    ["POST", "/v1/events/1/replay"],
    ["GET", "/v1/subscriptions/main/stats"],
    ["GET", "/v1/subscriptions/main/secret"],
  ])("is 404: %s %s", async (method, path) => {
    const { status, json } = await app.request(method, path);
    expect([status, json.code]).toEqual([404, "not_found"]);
  });

  it("is 405 where only other methods are known", async () => {
    const { status, headers } = await app.request("GET", "/v1/subscriptions/by-name/n");
    expect([status, headers.allow]).toEqual([405, "PUT"]);
  });
});
