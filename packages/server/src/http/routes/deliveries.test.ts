import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryId } from "../../domain/ids.ts";
import { deliveryDetailOutput, deliveryOutput } from "../schemas/delivery.ts";
import { factOutput } from "../schemas/event.ts";
import { countedOutput, jobOutput } from "../schemas/job.ts";
import { pageOutput } from "../schemas/page.ts";
import { pushedCloudEvent } from "../schemas/webhook-request.ts";
import { eventually } from "../testing/eventually.ts";
import { openReceiver, type Receiver } from "../testing/open-receiver.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
let receiver: Receiver;
let respond: (response: ServerResponse) => void;
beforeAll(async () => {
  app = await openTestApp({ config: { allowNetworks: ["127.0.0.0/8"] } });
  receiver = await openReceiver((response) => respond(response));
});
afterAll(async () => {
  await app.close();
  await receiver.close();
});

const pageOfDeliveries = pageOutput(deliveryOutput.strict()).strict();
const refuse = (response: ServerResponse) => void response.writeHead(500).end("no");
const accept = (response: ServerResponse) => void response.writeHead(204).end();

/** An inbox of its own with events in it. */
async function fill(count: number, more: object = {}) {
  const type = `t.${randomUUID()}`;
  const body = { channel: "inbox", name: type, filter: { type: [type] }, ...more };
  const { json: inbox } = await app.request("POST", "/v1/subscriptions", { body });
  const eventIds = await send(type, count);
  return { type, inboxId: String(inbox.id), eventIds, query: `inbox=${type}` };
}

async function send(type: string, count: number): Promise<string[]> {
  if (count === 0) return [];
  const body = { events: Array.from({ length: count }, (_, n) => ({ type, payload: { n } })) };
  const { json } = await app.request("POST", "/v1/events/batch", { body });
  return json.results.map((one: { event_id: string }) => one.event_id);
}

/** Leases all and buries them. */
async function bury(query: string, reason?: string): Promise<string[]> {
  const { json } = await app.request("POST", "/v1/inbox/lease", { query, body: { limit: 1_000 } });
  const deliveries = json.deliveries.map((one: { delivery_id: string; lease_token: string }) => ({
    delivery_id: one.delivery_id,
    lease_token: one.lease_token,
    ...(reason === undefined ? {} : { reason }),
  }));
  await app.request("POST", "/v1/inbox/bury", { body: { deliveries } });
  return deliveries.map((one: { delivery_id: string }) => one.delivery_id);
}

const list = async (query: string) => (await app.request("GET", "/v1/deliveries", { query })).json;
const read = async (id: string) => (await app.request("GET", `/v1/deliveries/${id}`)).json;
const finished = (id: string) =>
  eventually(
    async () => (await app.request("GET", `/v1/jobs/${id}`)).json,
    ({ state }) => state !== "running",
  );

describe("GET /v1/deliveries", () => {
  it("lists by subscription, event and state", async () => {
    const { inboxId, eventIds } = await fill(3);
    const all = pageOfDeliveries.parse(await list(`subscription_id=${inboxId}`));
    expect(all.data.map(({ event_id }) => event_id)).toEqual(eventIds);
    expect(all.data[0]).toMatchObject({
      ...{ id: expect.stringMatching(/^[\w-]{1,80}$/), cause: "live", state: "pending", state_reason: null },
      ...{ subscription_id: inboxId, attempt: 0, settled_at: null },
    });
    const ofEvent = await list(`subscription_id=${inboxId}&event_id=${eventIds[1]}`);
    expect(ofEvent.data).toEqual([all.data[1]]);
    expect((await list(`event_id=${eventIds[1]}&state=pending`)).data).toEqual([all.data[1]]);
    expect((await list(`event_id=${eventIds[1]}&state=dead`)).data).toEqual([]);
  });

  it("lists page by page, and by the time they were made", async () => {
    const { inboxId } = await fill(5);
    const all = (await list(`subscription_id=${inboxId}`)).data;
    const seen: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: { data: unknown[]; next_cursor: string | null } = await list(
        `subscription_id=${inboxId}&limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all);
    const madeAt = all[0].created_at;
    expect((await list(`subscription_id=${inboxId}&before=${madeAt}`)).data).toEqual([]);
    expect((await list(`subscription_id=${inboxId}&after=${madeAt}`)).data).toEqual(all);
  });

  it("finds blocked ones among the pending", async () => {
    const { inboxId, type } = await fill(0, { ordered: true });
    for (let n = 0; n < 2; n++)
      await app.request("POST", "/v1/events", { body: { type, payload: { n }, ordering_key: type } });
    const { data } = await list(`subscription_id=${inboxId}&state=pending`);
    expect(data.map(({ state }: { state: string }) => state)).toEqual(["pending", "blocked"]);
  });

  it.each([
    ...["state=blocked", "state=", "subscription_id=main", "event_id=1", "after=yesterday", "limit=0"],
    ...["cursor=abc", "reason=gone"],
  ])("refuses %s", async (query) => {
    const { status, json } = await app.request("GET", "/v1/deliveries", { query });
    expect([status, json.code]).toEqual([
      400,
      query.startsWith("cursor") ? "invalid_cursor" : "invalid_query",
    ]);
  });
});

describe("GET /v1/deliveries/{id}", () => {
  it("shows the attempts of a webhook, with what came back", async () => {
    const type = `t.${randomUUID()}`;
    const body = {
      channel: "webhook",
      filter: { type: [type] },
      webhook: { url: receiver.url },
      retry: { schedule_seconds: [0, 0] },
    };
    respond = (response) => void response.writeHead(500).end(Buffer.from([0x6e, 0x6f, 0xff]));
    await app.request("POST", "/v1/subscriptions", { body });
    const [eventId] = await send(type, 1);
    const { data } = await eventually(
      () => list(`event_id=${eventId}`),
      (page) => page.data[0]?.state === "dead",
    );
    const { attempts, ...delivery } = deliveryDetailOutput.strict().parse(await read(data[0].id));
    expect(delivery).toEqual(data[0]);
    expect(delivery).toMatchObject({ attempt: 2, state: "dead", settled_at: expect.any(String) });
    expect(attempts).toEqual(
      [1, 2].map((number) => ({
        ...{ number, started_at: expect.any(String), duration_ms: expect.any(Number) },
        ...{ status_code: 500, error_code: null, response_excerpt: "no\ufffd" },
      })),
    );
  });

  it("has no attempts of an inbox", async () => {
    const { inboxId } = await fill(1);
    const [{ id }] = (await list(`subscription_id=${inboxId}`)).data;
    expect((await read(id)).attempts).toEqual([]);
  });
});

describe("POST /v1/deliveries/{id}/redrive", () => {
  it("makes a dead letter wait again, and only one", async () => {
    const { inboxId, query } = await fill(1);
    const [id] = await bury(query, "no such customer");
    expect(await read(id ?? "")).toMatchObject({ state: "dead", state_reason: "no such customer" });
    const { status, json } = await app.request("POST", `/v1/deliveries/${id}/redrive`);
    expect(status).toBe(200);
    expect(deliveryOutput.strict().parse(json)).toMatchObject({
      id,
      state: "pending",
      subscription_id: inboxId,
    });
    const again = await app.request("POST", `/v1/deliveries/${id}/redrive`);
    expect([again.status, again.json.code]).toEqual([409, "delivery_not_dead"]);
  });
});

describe("POST /v1/deliveries/{id}/cancel", () => {
  it("gives up what waits and what is dead, with a reason or without", async () => {
    const { inboxId, query } = await fill(1);
    const [dead] = await bury(query);
    const { eventIds, inboxId: other } = await fill(1);
    const waiting = deliveryId({ eventId: eventIds[0] ?? "", subscriptionId: other, cause: "live" });
    const withReason = { body: { reason: "withdrawn" } };
    const { status, json } = await app.request("POST", `/v1/deliveries/${dead}/cancel`, withReason);
    expect(status).toBe(200);
    expect(deliveryOutput.strict().parse(json)).toMatchObject({
      ...{ id: dead, state: "cancelled", state_reason: "withdrawn", subscription_id: inboxId },
    });
    const plain = await app.request("POST", `/v1/deliveries/${waiting}/cancel`);
    expect(plain.json).toMatchObject({ state: "cancelled", state_reason: null });
    const again = await app.request("POST", `/v1/deliveries/${waiting}/cancel`);
    expect([again.status, again.json.code]).toEqual([409, "delivery_settled"]);
  });
});

describe("POST /v1/deliveries/redrive", () => {
  const redrive = (body: unknown, key = app.key) =>
    app.request("POST", "/v1/deliveries/redrive", { body, key });

  it("counts, then redrives as a job what was asked for", async () => {
    const { inboxId, type, query } = await fill(2);
    await bury(query, "first");
    const second = await send(type, 3);
    await bury(query, "second");
    const wish = { subscription_id: inboxId, reason: "second" };
    const dry = await redrive({ ...wish, dry_run: true });
    expect([dry.status, countedOutput.strict().parse(dry.json)]).toEqual([200, { count: 3 }]);
    const { status, headers, json } = await redrive(wish);
    expect([status, headers.location]).toEqual([202, `/v1/jobs/${json.id}`]);
    expect(jobOutput.strict().parse(json)).toMatchObject({ kind: "redrive", error: null });
    expect(await finished(json.id)).toMatchObject({
      state: "done",
      done: 3,
      finished_at: expect.any(String),
    });
    const { data } = await list(`subscription_id=${inboxId}&state=pending`);
    expect(data.map((one: { event_id: string }) => one.event_id)).toEqual(second);
  });

  it("counts within a time", async () => {
    const { inboxId, query } = await fill(2);
    await bury(query);
    const count = async (more: object) =>
      (await redrive({ subscription_id: inboxId, dry_run: true, ...more })).json.count;
    expect(await count({ after: "2026-01-01T00:00:00Z", before: "2126-01-01T00:00:00Z" })).toBe(2);
    expect(await count({ before: "2026-01-01T00:00:00Z" })).toBe(0);
  });

  it("knows subscriptions of its own project only, and no deleted ones", async () => {
    const other = await app.request("POST", "/v1/projects", { key: app.operatorKey, body: { name: "o" } });
    const { inboxId } = await fill(0);
    for (const dry_run of [true, false])
      expect((await redrive({ subscription_id: inboxId, dry_run }, other.json.api_key)).status).toBe(404);
    await app.request("DELETE", `/v1/subscriptions/${inboxId}`);
    expect((await redrive({ subscription_id: inboxId })).status).toBe(404);
  });

  it("needs a body: it does much", async () => {
    expect((await app.request("POST", "/v1/deliveries/redrive")).status).toBe(400);
  });
});

describe("a delivery of another project", () => {
  it("is not there, and no different from one that never was", async () => {
    const other = await app.request("POST", "/v1/projects", { key: app.operatorKey, body: { name: "o" } });
    const key: string = other.json.api_key;
    const { inboxId, query } = await fill(1);
    const [dead = ""] = await bury(query);
    const never = deliveryId({ eventId: randomUUID(), subscriptionId: randomUUID(), cause: "live" });
    for (const [method, rest] of [
      ["GET", ""],
      ["POST", "/redrive"],
      ["POST", "/cancel"],
    ] as const) {
      const foreign = await app.request(method, `/v1/deliveries/${dead}${rest}`, { key });
      const unknown = await app.request(method, `/v1/deliveries/${never}${rest}`, { key });
      const garbage = await app.request(method, `/v1/deliveries/${inboxId}${rest}`, { key });
      expect([foreign.status, unknown.status, garbage.status]).toEqual([404, 404, 404]);
      expect(foreign.json.detail).toBe(unknown.json.detail);
    }
    const { json } = await app.request("GET", "/v1/deliveries", { key, query: `subscription_id=${inboxId}` });
    expect(json.data).toEqual([]);
    expect((await read(dead)).state).toBe("dead");
  });
});

describe("a webhook at work", () => {
  it("gets what waited for it when it is asked to start with the earliest", async () => {
    const type = `t.${randomUUID()}`;
    const eventIds = await send(type, 3);
    respond = accept;
    const before = receiver.received.length;
    const body = {
      ...{ channel: "webhook", filter: { type: [type] }, start_from: "earliest" },
      webhook: { url: `${receiver.url}?${type}` },
    };
    const { json } = await app.request("POST", "/v1/subscriptions", { body });
    await receiver.waitFor(before + 3);
    const bodies = receiver.received.slice(before).map((one) => JSON.parse(one.body));
    expect(bodies.map(({ id }) => id).sort()).toEqual([...eventIds].sort());
    await eventually(
      () => list(`subscription_id=${json.id}&state=acknowledged`),
      ({ data }) => data.length === 3,
    );
    await eventually(
      async () => (await app.request("GET", `/v1/subscriptions/${json.id}`)).json,
      ({ catching_up }) => catching_up === false,
    );
  });

  it("gets what docs/openapi.json says of each format", async () => {
    const type = `t.${randomUUID()}`;
    respond = accept;
    const before = receiver.received.length;
    for (const format of ["event", "payload", "cloudevents"]) {
      const webhook = { url: `${receiver.url}?${format}`, format, headers: { "x-own": "own" } };
      const body = { channel: "webhook", filter: { type: [type] }, webhook };
      await app.request("POST", "/v1/subscriptions", { body });
    }
    const payload = '{ "n":9007199254740993,"n2" : 1e400 }';
    const { json } = await app.request("POST", "/v1/events", {
      body: `{"type":"${type}","payload":${payload}}`,
    });
    await receiver.waitFor(before + 3);
    const { webhooks } = (await app.request("GET", "/openapi.json")).json;
    const required = webhooks.event.post.parameters.filter((one: { required: boolean }) => one.required);
    const got = receiver.received.slice(before);
    for (const { headers } of got)
      for (const { name } of [...required, { name: "x-own" }]) expect(headers).toHaveProperty(name);
    const bodyOf = (format: string) => got.find(({ path }) => path.endsWith(format))?.body ?? "";
    expect(bodyOf("payload")).toBe(payload);
    expect(factOutput.strict().parse(JSON.parse(bodyOf("event"))).id).toBe(json.event_id);
    expect(pushedCloudEvent.parse(JSON.parse(bodyOf("cloudevents"))).type).toBe(type);
    expect(bodyOf("cloudevents")).toContain(payload);
  });

  it("keeps what could not be delivered for a redrive", async () => {
    const type = `t.${randomUUID()}`;
    respond = refuse;
    const body = {
      ...{ channel: "webhook", filter: { type: [type] }, retry: { max_attempts: 1 } },
      webhook: { url: `${receiver.url}?${type}` },
    };
    const { json: made } = await app.request("POST", "/v1/subscriptions", { body });
    await send(type, 1);
    const states = (state: string) => () => list(`subscription_id=${made.id}&state=${state}`);
    const { data } = await eventually(states("dead"), (page) => page.data.length === 1);
    respond = accept;
    await app.request("POST", `/v1/deliveries/${data[0].id}/redrive`);
    const { data: done } = await eventually(states("acknowledged"), (page) => page.data.length === 1);
    expect(done[0]).toMatchObject({ id: data[0].id, attempt: 2 });
  });
});

describe("a webhook whose endpoint answers 410", () => {
  it("has ended: nothing is redriven, changed or tested, and the same one can be made anew", async () => {
    const type = `t.${randomUUID()}`;
    respond = (response) => void response.writeHead(410).end();
    const body = {
      ...{ channel: "webhook", filter: { type: [type] } },
      webhook: { url: `${receiver.url}?${type}` },
    };
    const { json: made } = await app.request("POST", "/v1/subscriptions", { body });
    const path = `/v1/subscriptions/${made.id}`;
    await send(type, 1);
    const ended = await eventually(
      async () => (await app.request("GET", path)).json,
      ({ state }) => state === "ended",
    );
    expect(ended.state_reason).toBe("gone");
    const [{ id }] = (await list(`subscription_id=${made.id}&state=dead`)).data;
    const redrive = { subscription_id: made.id, dry_run: true };
    const asks = [
      app.request("POST", "/v1/deliveries/redrive", { body: redrive }),
      app.request("PATCH", path, { body: { labels: [] } }),
      app.request("POST", `${path}/test`),
      app.request("POST", `${path}/resume`),
      app.request("POST", "/v1/replays", { body: redrive }),
    ];
    for (const { status, json } of await Promise.all(asks))
      expect([status, json.code]).toEqual([409, "subscription_ended"]);
    expect((await app.request("POST", `/v1/deliveries/${id}/redrive`)).json.code).toBe("delivery_not_dead");
    const again = await app.request("POST", "/v1/subscriptions", { body });
    expect([again.status, again.json.id === made.id]).toEqual([201, false]);
  });
});
