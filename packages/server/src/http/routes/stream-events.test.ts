import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TriggersError } from "../../domain/errors.ts";
import type { Flow } from "../../flow/flow.ts";
import { makeLog } from "../../observe/log.ts";
import { makeMetrics } from "../../observe/metrics.ts";
import { makeHttpServer } from "../http-server.ts";
import { makeRateLimit } from "../rate-limit.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
let port: number;
beforeEach(async () => {
  app = await openTestApp();
  await app.server.listen({ host: "127.0.0.1", port: 0 });
  ({ port } = app.server.server.address() as AddressInfo);
});
afterEach(() => app.close());

interface Message {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into events by name
  readonly event: any;
  readonly line: string;
}

/** A reader of the stream that takes one message after the other. */
async function openReader(query = "", headers: Record<string, string> = {}, key = app.key) {
  const path = `/v1/events/stream${query}`;
  const request = get({ port, path, agent: false, headers: { authorization: `Bearer ${key}`, ...headers } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  const chunks = response[Symbol.asyncIterator]();
  let buffered = "";
  const nextBlock = async (): Promise<string | null> => {
    for (;;) {
      const end = buffered.indexOf("\n\n");
      if (end >= 0) {
        const block = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        return block;
      }
      const { value, done } = await chunks.next();
      if (done === true) return null;
      buffered += value;
    }
  };
  const next = async (): Promise<Message> => {
    for (let block = await nextBlock(); block !== null; block = await nextBlock()) {
      if (block.startsWith(":")) continue;
      const [id = "", kind = "", line = "", ...more] = block.split("\n");
      expect([kind, more]).toEqual(["event: event", []]);
      expect(line.startsWith("data: ")).toBe(true);
      return { id: id.replace("id: ", ""), event: JSON.parse(line.slice(6)), line: line.slice(6) };
    }
    throw new Error("the stream has ended");
  };
  return { response, next, nextBlock, close: () => request.destroy() };
}

async function post(body: unknown): Promise<string> {
  const { status, json } = await app.request("POST", "/v1/events", { body });
  expect(status).toBe(201);
  return String(json.event_id);
}

/** The server again, on a flow that behaves otherwise. */
async function serve(changed: Partial<Flow>): Promise<FastifyInstance> {
  const log = makeLog("silent");
  const flow = { ...app.app.flow, ...changed };
  const server = await makeHttpServer({
    flow,
    config: app.app.config,
    log,
    metrics: makeMetrics("0"),
    version: "0",
    sendTest: () => Promise.reject(new Error("Nothing is sent here.")),
    rateLimit: makeRateLimit(0, () => 0),
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  ({ port } = server.server.address() as AddressInfo);
  return server;
}

describe("the stream", () => {
  it("gives events as they are accepted, each as the fact that it is", async () => {
    const before = await post({ payload: { n: 0 } });
    const reader = await openReader();
    expect(reader.response.statusCode).toBe(200);
    expect(reader.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(reader.response.headers["x-request-id"]).toEqual(expect.any(String));
    expect(await reader.nextBlock()).toMatch(/^: heartbeat\nid: \S+$/);
    const id = await post({ payload: { n: 1 } });
    const { event, line } = await reader.next();
    expect(event.id).toBe(id);
    expect(event.id).not.toBe(before);
    expect(line).toBe((await app.request("GET", `/v1/events/${id}`, { query: "view=fact" })).text);
    reader.close();
  });

  it("answers HEAD with the headers of GET, and refuses what GET refuses", async () => {
    const headers = { authorization: `Bearer ${app.key}` };
    const reader = await openReader();
    const url = `http://127.0.0.1:${port}/v1/events/stream`;
    const answer = await fetch(url, { method: "HEAD", headers });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    for (const name of ["content-type", "cache-control", "x-accel-buffering"])
      expect(answer.headers.get(name)).toBe(reader.response.headers[name]);
    expect(answer.headers.get("content-length")).toBeNull();
    reader.close();
    expect((await fetch(url, { method: "HEAD" })).status).toBe(401);
    expect((await fetch(`${url}?cursor=a`, { method: "HEAD", headers })).status).toBe(400);
    const wrong = { ...headers, "last-event-id": "nonsense" };
    expect((await fetch(url, { method: "HEAD", headers: wrong })).status).toBe(400);
    const posted = await fetch(url, { method: "POST", headers });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, expect.stringContaining("GET, HEAD")]);
  });

  it("gives only what its filters let through", async () => {
    const reader = await openReader("?type=order.*&tag=eu");
    await reader.nextBlock();
    await post({ payload: {}, type: "user.created", tags: ["eu"] });
    await post({ payload: {}, type: "order.created", tags: ["us"] });
    const id = await post({ payload: {}, type: "order.created", tags: ["eu"] });
    expect((await reader.next()).event.id).toBe(id);
    reader.close();
  });

  it("keeps an event on one line, with spaces for the breaks between tokens", async () => {
    const reader = await openReader();
    await reader.nextBlock();
    await post('{"metadata":{\r\n"a":1},"payload":{\n"n":\r9007199254740993,"s":"\\n"\r\n}}');
    const { line } = await reader.next();
    expect(line).toContain('"metadata":{  "a":1,"priority":"normal","tags":[]}');
    expect(line).toContain('"payload":{ "n": 9007199254740993,"s":"\\n"  }');
    reader.close();
  });

  it("goes on behind the last event that was read", async () => {
    const first = await openReader();
    await first.nextBlock();
    const ids = [await post({ payload: { n: 0 } })];
    const { id } = await first.next();
    first.close();
    for (let n = 1; n < 4; n++) ids.push(await post({ payload: { n } }));
    const second = await openReader("", { "last-event-id": id });
    const got: string[] = [];
    while (got.at(-1) !== ids.at(-1)) got.push((await second.next()).event.id);
    expect(got.filter((one) => one !== ids[0])).toEqual(ids.slice(1));
    second.close();
  });

  it.each(["", "nonsense", "bm9uc2Vuc2U.AAAAAAAAAAAAAAAAAAAAAA", "ä"])(
    "refuses the position %j",
    async (id) => {
      const { status, json } = await app.request("GET", "/v1/events/stream", {
        headers: { "last-event-id": id },
      });
      expect([status, json.code]).toEqual([400, "invalid_cursor"]);
    },
  );

  it("refuses the position of another project", async () => {
    const reader = await openReader();
    await reader.nextBlock();
    await post({ payload: {} });
    const { id } = await reader.next();
    reader.close();
    const other = await app.request("POST", "/v1/projects", {
      body: { name: "Other" },
      key: app.operatorKey,
    });
    const key: string = other.json.api_key;
    const answer = await app.request("GET", "/v1/events/stream", { headers: { "last-event-id": id }, key });
    expect(answer.status).toBe(400);
  });

  it("is 410 for a position behind which events are no longer kept", async () => {
    const reader = await openReader();
    await reader.nextBlock();
    await post({ payload: {} });
    const { id } = await reader.next();
    reader.close();
    const server = await serve({
      listEvents: () => Promise.reject(new TriggersError("position_expired", "Start again without it.")),
    });
    const late = await openReader("", { "last-event-id": id });
    expect(late.response.statusCode).toBe(410);
    expect(late.response.headers["content-type"]).toBe("application/problem+json");
    await server.close();
  });

  it("goes on for a reader who has seen no event from where the stream began", async () => {
    const first = await openReader("?type=no.such.type");
    const [, id = ""] = (await first.nextBlock())?.split("\nid: ") ?? [];
    first.close();
    const missed = await post({ payload: {} });
    const second = await openReader("", { "last-event-id": id });
    expect((await second.next()).event.id).toBe(missed);
    second.close();
  });

  it("ends where the flow breaks", async () => {
    const server = await serve({
      streamEvents: async function* () {
        yield { kind: "heartbeat", position: "1" } as const;
        throw new TriggersError("storage_unavailable", "Send the same again.");
      },
    });
    const reader = await openReader();
    expect(await reader.nextBlock()).toMatch(/^: heartbeat\nid: /);
    expect(await reader.nextBlock()).toBeNull();
    await server.close();
  });

  it.each(["type=a%20b", "cursor=a", "status=dead"])("refuses the query %s", async (query) => {
    const { status, json } = await app.request("GET", "/v1/events/stream", { query });
    expect([status, json.code]).toEqual([400, "invalid_query"]);
  });

  it("ends within 5 s of the revocation of its key", { timeout: 20_000 }, async () => {
    const made = await app.request("POST", "/v1/keys", { body: { name: "reader", scopes: ["events:read"] } });
    const reader = await openReader("", {}, made.json.key);
    await reader.nextBlock();
    await app.request("DELETE", `/v1/keys/${made.json.id}`);
    const revokedAt = performance.now();
    expect(await reader.nextBlock()).toBeNull();
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
  });

  it("ends when the server stops", async () => {
    const reader = await openReader();
    await reader.nextBlock();
    const closed = app.server.close();
    expect(await reader.nextBlock()).toBeNull();
    await closed;
  });

  it("closes a reader who leaves more than 1 MiB unread", { timeout: 30_000 }, async () => {
    const opened = once(app.server.server, "request");
    const reader = await openReader();
    const [, response] = await opened;
    const closed = once(response, "close");
    const text = "x".repeat(500_000);
    // More than the buffers of both sockets hold.
    for (let n = 0; n < 30; n++) await post({ payload: { n, text } });
    await closed;
    expect(response.writableFinished).toBe(false);
    reader.close();
  });

  it("keeps a reader who catches up", { timeout: 30_000 }, async () => {
    const reader = await openReader();
    await reader.nextBlock();
    const text = "x".repeat(500_000);
    for (let n = 0; n < 30; n++) await post({ payload: { n, text } });
    for (let n = 0; n < 30; n++) expect((await reader.next()).event.payload.n).toBe(n);
    reader.close();
  });
});
