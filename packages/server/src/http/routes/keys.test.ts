import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issuedKeyOutput, keyOutput } from "../schemas/key.ts";
import { pageOutput } from "../schemas/page.ts";
import { meOutput } from "../schemas/project.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const create = (body: object) => app.request("POST", "/v1/keys", { body });

describe("GET /v1/me", () => {
  it("names the key, its project, its scopes and the limits", async () => {
    const { json: made } = await create({ name: "n", scopes: ["events:read", "events:write"] });
    const { status, headers, json } = await app.request("GET", "/v1/me", { key: made.key });
    expect(status).toBe(200);
    expect(headers["cache-control"]).toBe("no-store");
    expect(meOutput.strict().parse(json)).toMatchObject({
      id: made.id,
      project: { name: "default" },
      scopes: ["events:read", "events:write"],
      limits: { event_bytes: 1_048_576, batch_bytes: 10_485_760, wait_seconds: 60, stream_seconds: null },
    });
  });
});

describe("POST /v1/keys", () => {
  it("gives a key that works, shown once and kept out of caches", async () => {
    const { status, headers, json } = await create({
      name: "shop",
      scopes: ["events:write"],
      expires_at: "2126-01-01T00:00:00+01:00",
    });
    expect(status).toBe(201);
    expect(headers["cache-control"]).toBe("no-store");
    expect(issuedKeyOutput.strict().parse(json)).toMatchObject({
      name: "shop",
      scopes: ["events:write"],
      expires_at: "2125-12-31T23:00:00.000Z",
      last_used_at: null,
    });
    expect((await app.request("GET", "/v1/me", { key: json.key })).json.id).toBe(json.id);
    const { text } = await app.request("GET", "/v1/keys", { query: "limit=1000" });
    expect(text).toContain(json.id);
    expect(text).not.toContain(json.key);
  });

  it("refuses an end that has passed", async () => {
    const { status, json } = await create({
      name: "n",
      scopes: ["events:read"],
      expires_at: "2020-01-01T00:00:00Z",
    });
    expect(status).toBe(422);
    expect(json.errors).toEqual([{ pointer: "/expires_at", detail: "must lie in the future" }]);
  });
});

describe("GET /v1/keys", () => {
  it("lists page by page, each key once, and follows its own links", async () => {
    for (let made = 0; made < 5; made++) await create({ name: `page ${made}`, scopes: ["events:read"] });
    const all = await app.request("GET", "/v1/keys");
    expect(pageOutput(keyOutput.strict()).strict().parse(all.json).next_cursor).toBeNull();
    expect(all.headers).not.toHaveProperty("link");

    const seen: string[] = [];
    let path = "/v1/keys?limit=2";
    while (path !== "") {
      const { status, json, headers } = await app.request("GET", path);
      expect(status).toBe(200);
      seen.push(...json.data.map(({ id }: { id: string }) => id));
      path = /^<([^>]+)>; rel="next"$/.exec(String(headers.link))?.[1] ?? "";
      expect(path === "").toBe(json.next_cursor === null);
      if (path !== "") expect(new URLSearchParams(path.split("?")[1]).get("cursor")).toBe(json.next_cursor);
    }
    expect(seen).toEqual(all.json.data.map(({ id }: { id: string }) => id));
  });

  it("refuses a cursor that is altered, made up, or of another list or project", async () => {
    for (let made = 0; made < 2; made++) await create({ name: "n", scopes: ["events:read"] });
    const { json } = await app.request("GET", "/v1/keys", { query: "limit=1" });
    const cursor: string = json.next_cursor;
    expect((await app.request("GET", "/v1/keys", { query: `cursor=${cursor}&limit=3` })).status).toBe(200);

    const [position = "", checksum = ""] = cursor.split(".");
    const other = await app.request("POST", "/v1/projects", {
      key: app.operatorKey,
      body: { name: "other" },
    });
    const asks = [
      app.request("GET", "/v1/keys", {
        query: `cursor=${Buffer.from("a").toString("base64url")}.${checksum}`,
      }),
      app.request("GET", "/v1/keys", { query: `cursor=${position}` }),
      app.request("GET", "/v1/keys", { query: `cursor=${cursor}A` }),
      app.request("GET", "/v1/subscriptions", { query: `cursor=${cursor}` }),
      app.request("GET", "/v1/keys", { query: `cursor=${cursor}`, key: other.json.api_key }),
    ];
    for (const { status, json } of await Promise.all(asks)) {
      expect(status).toBe(400);
      expect(json.code).toBe("invalid_cursor");
    }
  });
});

describe("DELETE /v1/keys/{id}", () => {
  it("stops the key at once, and is 204 again", async () => {
    const { json } = await create({ name: "n", scopes: ["project:admin"] });
    expect((await app.request("GET", "/v1/me", { key: json.key })).status).toBe(200);
    const { status, text, headers } = await app.request("DELETE", `/v1/keys/${json.id}`);
    expect([status, text]).toEqual([204, ""]);
    expect(headers).not.toHaveProperty("content-type");
    expect((await app.request("GET", "/v1/me", { key: json.key })).status).toBe(401);
    expect((await app.request("DELETE", `/v1/keys/${json.id}`)).status).toBe(204);
    expect((await app.request("GET", "/v1/keys", { query: "limit=1000" })).text).not.toContain(json.id);
  });

  it("finds neither what never was, nor what is no id, nor a key of another project", async () => {
    const { json } = await app.request("POST", "/v1/projects", { key: app.operatorKey, body: { name: "p" } });
    const me = await app.request("GET", "/v1/me", { key: json.api_key });
    for (const id of [randomUUID(), "no-id", me.json.id, me.json.id.toUpperCase()]) {
      expect(await app.request("DELETE", `/v1/keys/${id}`)).toMatchObject({ status: 404 });
    }
    expect((await app.request("GET", "/v1/me", { key: json.api_key })).status).toBe(200);
  });
});

describe("POST /v1/keys/{id}/rotate", () => {
  it("gives a new key beside the old one for the overlap", async () => {
    const { json: old } = await create({ name: "n", scopes: ["events:read"] });
    const { status, json } = await app.request("POST", `/v1/keys/${old.id}/rotate`, {
      body: { overlap_hours: 1 },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ name: "n", scopes: ["events:read"], expires_at: null });
    expect(json.id).not.toBe(old.id);
    for (const key of [old.key, json.key])
      expect((await app.request("GET", "/v1/me", { key })).status).toBe(200);
  });

  it("without an overlap stops the old one, and cannot be done to it again", async () => {
    const { json: old } = await create({ name: "n", scopes: ["events:read"] });
    const rotate = () => app.request("POST", `/v1/keys/${old.id}/rotate`, { body: { overlap_hours: 0 } });
    expect((await rotate()).status).toBe(200);
    expect((await app.request("GET", "/v1/me", { key: old.key })).status).toBe(401);
    expect((await rotate()).status).toBe(404);
  });

  it("takes no body for a day of overlap", async () => {
    const { json: old } = await create({ name: "n", scopes: ["events:read"] });
    expect((await app.request("POST", `/v1/keys/${old.id}/rotate`)).status).toBe(200);
    const { json } = await app.request("GET", "/v1/keys", { query: "limit=1000" });
    const { expires_at } = json.data.find(({ id }: { id: string }) => id === old.id);
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  });
});
