import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCOPES, type Scope } from "../domain/credential.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes/index.ts";
import { openTestApp, type TestApp } from "./testing/open-test-app.ts";

let app: TestApp;
let revoked: string;
let expired: string;
const keyWithout = new Map<Route["access"], string>();
const keyWith = new Map<Route["access"], string>();

beforeAll(async () => {
  app = await openTestApp();
  revoked = await makeKeyAnd(({ id }) => app.request("DELETE", `/v1/keys/${id}`));
  expired = await makeKeyAnd(({ id }) =>
    app.request("POST", `/v1/keys/${id}/rotate`, { body: { overlap_hours: 0 } }),
  );
  for (const scope of SCOPES) {
    const others = SCOPES.filter((other) => other !== scope && other !== "project:admin");
    keyWithout.set(scope, await app.makeKey(others));
    keyWith.set(scope, await app.makeKey([scope]));
  }
  keyWith.set("key", await app.makeKey(["privacy:manage"]));
  keyWith.set("operator", app.operatorKey);
});
afterAll(() => app.close());

async function makeKeyAnd(end: (key: { id: string }) => Promise<unknown>): Promise<string> {
  const { json } = await app.request("POST", "/v1/keys", {
    body: { name: "test", scopes: ["project:admin"] satisfies Scope[] },
  });
  expect(await app.request("GET", "/v1/me", { key: json.key })).toMatchObject({ status: 200 });
  await end(json);
  return json.key;
}

/** A path of the route that names nothing. */
function pathOf({ path }: Route): string {
  return path.replaceAll(/:\w+/g, randomUUID());
}

const guarded = ROUTES.filter(({ access }) => access !== "public").map(
  (route) => [`${route.method} ${route.path}`, route] as const,
);

describe.each(guarded)("%s", (_, route) => {
  const ask = (key: string | null, headers: Record<string, string> = {}) =>
    app.request(route.method, pathOf(route), { key, headers });

  it.each<[string, () => ReturnType<typeof ask>]>([
    ["no credential", () => ask(null)],
    ["a wrong key", () => ask(`tk_live_${"0".repeat(32)}_${"A".repeat(43)}`)],
    ["a revoked key", () => ask(revoked)],
    ["an expired key", () => ask(expired)],
    ["another scheme", () => ask(null, { authorization: `Basic ${btoa(`:${app.key}`)}` })],
    ["an empty key", () => ask(null, { "x-api-key": "" })],
    ["two keys that differ", () => ask(app.key, { "x-api-key": `${app.key}x` })],
  ])("refuses %s", async (_name, answer) => {
    const { status, headers, json } = await answer();
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe('Bearer realm="triggers"');
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(json.code).toBe("unauthenticated");
  });

  it("refuses a key that may not", async () => {
    const key = route.access === "operator" ? app.key : (keyWithout.get(route.access) ?? app.operatorKey);
    const { status, json } = await ask(key);
    expect(status).toBe(403);
    expect(json.code).toBe("forbidden");
  });

  it("refuses the operator unless it is the operator's", async () => {
    const { status } = await ask(app.operatorKey);
    if (route.access === "operator") expect(status).not.toBe(403);
    else expect(status).toBe(403);
  });
});

// What has no end is asked by tests of its own.
describe.each(guarded.filter(([, { operationId }]) => operationId !== "streamEvents"))("%s", (_, route) => {
  it("lets in who may, in either header", async () => {
    const key = keyWith.get(route.access) ?? "";
    const bearer = app.request(route.method, pathOf(route), { key });
    const apiKey = app.request(route.method, pathOf(route), { key: null, headers: { "x-api-key": key } });
    for (const { status } of await Promise.all([bearer, apiKey])) expect([401, 403]).not.toContain(status);
  });
});

describe("without an operator key", () => {
  it("nobody may manage projects or read metrics", async () => {
    const lone = await openTestApp({ config: { operatorKey: null } });
    for (const path of ["/metrics", `/v1/projects/${randomUUID()}`]) {
      expect((await lone.request("GET", path)).status).toBe(403);
      expect((await lone.request("GET", path, { key: null })).status).toBe(401);
      expect((await lone.request("GET", path, { key: lone.operatorKey })).status).toBe(401);
    }
    await lone.close();
  });
});
