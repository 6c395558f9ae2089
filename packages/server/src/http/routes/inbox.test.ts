import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestApp, type TestAnswer, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeEach(async () => {
  app = await openTestApp({ config: { maxEventBytes: 10 * 1024 * 1024 } });
});
afterEach(() => app.close());

interface Leased {
  readonly delivery_id: string;
  readonly lease_token: string;
  readonly lease_expires_at: string;
  readonly attempt: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into events by name
  readonly event: any;
}

async function post(body: object): Promise<string> {
  return String((await app.request("POST", "/v1/events", { body })).json.event_id);
}

async function lease(body: object = {}, query = "inbox=main"): Promise<readonly Leased[]> {
  const { status, json } = await app.request("POST", "/v1/inbox/lease", { body, query });
  expect(status).toBe(200);
  return json.deliveries;
}

/** Settles one delivery and gives its result. */
async function settle(verb: string, { delivery_id, lease_token }: Leased, more: object = {}) {
  const body = { deliveries: [{ delivery_id, lease_token, ...more }] };
  const { status, json } = await app.request("POST", `/v1/inbox/${verb}`, { body });
  expect(status).toBe(200);
  expect(json.results[0].delivery_id).toBe(delivery_id);
  const { delivery_id: _, ...result } = json.results[0];
  return result;
}

async function leaseOne(): Promise<Leased> {
  const [leased] = await lease({ limit: 1 });
  if (leased === undefined) throw new Error("nothing was leased");
  return leased;
}

async function deliveryOf(eventId: string) {
  return (await app.request("GET", `/v1/events/${eventId}/deliveries`)).json.data[0];
}

describe("the inbox", () => {
  it("shows what waits without taking it, with nothing configured", async () => {
    const id = await post({ payload: { n: 1 }, type: "a.b" });
    for (const _ of [1, 2]) {
      const { status, json } = await app.request("GET", "/v1/inbox");
      expect(status).toBe(200);
      expect(json.data).toMatchObject([{ state: "pending", attempt: 0, event: { id, payload: { n: 1 } } }]);
      expect(json.data[0].event).not.toHaveProperty("status");
    }
    await leaseOne();
    expect((await app.request("GET", "/v1/inbox")).json.data).toEqual([]);
  });

  it("is read page by page and filtered like events", async () => {
    for (let n = 0; n < 5; n++) await post({ payload: { n }, type: `t.${n % 2}`, tags: [`n${n}`] });
    const first = await app.request("GET", "/v1/inbox", { query: "limit=3" });
    const rest = await app.request("GET", "/v1/inbox", { query: `limit=3&cursor=${first.json.next_cursor}` });
    const numbers = ({ json }: TestAnswer) =>
      json.data.map(({ event }: { event: { payload: { n: number } } }) => event.payload.n);
    expect([...numbers(first), ...numbers(rest)]).toEqual([0, 1, 2, 3, 4]);
    expect(rest.json.next_cursor).toBeNull();
    expect(numbers(await app.request("GET", "/v1/inbox", { query: "type=t.*&tag=n3" }))).toEqual([3]);
  });

  it.each([
    ["GET", "/v1/inbox"],
    ["POST", "/v1/inbox/lease"],
  ])("of another name is found by it, an unknown one is 404: %s %s", async (method, path) => {
    const made = await app.request("POST", "/v1/subscriptions", {
      body: { name: "my inbox", channel: "inbox" },
    });
    for (const inbox of ["my%20inbox", "my+inbox", made.json.id])
      expect((await app.request(method, path, { query: `inbox=${inbox}` })).status).toBe(200);
    for (const inbox of ["nowhere", "019a0000-0000-7000-8000-000000000000"])
      expect((await app.request(method, path, { query: `inbox=${inbox}` })).status).toBe(404);
  });
});

describe("a lease", () => {
  it("hands out each delivery once, with its token, end and attempt", async () => {
    const id = await post({ payload: { n: 1e3 } });
    const [leased, ...others] = await lease({ limit: 10, lease_seconds: 30 });
    expect(others).toEqual([]);
    expect(leased).toMatchObject({ attempt: 1, event: { id, payload: { n: 1_000 } } });
    const ends = Date.parse(leased?.lease_expires_at ?? "") - Date.now();
    expect(ends).toBeGreaterThan(25_000);
    expect(ends).toBeLessThanOrEqual(30_000);
    expect(await lease()).toEqual([]);
  });

  it("needs no body", async () => {
    await post({ payload: {} });
    const { json } = await app.request("POST", "/v1/inbox/lease");
    expect(json.deliveries).toHaveLength(1);
  });

  it("waits for the first delivery", async () => {
    const waiting = lease({ wait_seconds: 30 });
    const id = await post({ payload: {} });
    expect((await waiting).map(({ event }) => event.id)).toEqual([id]);
  });

  it("that waits ends empty with the wait, and with the server", async () => {
    expect(await lease({ wait_seconds: 1 })).toEqual([]);
    const waiting = lease({ wait_seconds: 60 });
    await app.server.close();
    expect(await waiting).toEqual([]);
  });

  it("stops before 4 MiB and leaves the rest to the next", async () => {
    const text = "x".repeat(1_500_000);
    for (let n = 0; n < 4; n++) await post({ payload: { text } });
    const answer = await app.request("POST", "/v1/inbox/lease");
    expect(answer.text.length).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(answer.json.deliveries).toHaveLength(2);
    expect(await lease()).toHaveLength(2);
  });

  it("of a single event above 4 MiB comes without its payload", async () => {
    const id = await post({ payload: { text: "x".repeat(5_000_000) } });
    const { event } = await leaseOne();
    expect(event).toMatchObject({ id, payload: null, payload_url: `/v1/events/${id}/payload` });
  });

  it("of a paused inbox is 409", async () => {
    const made = await app.request("POST", "/v1/subscriptions", {
      body: { name: "paused", channel: "inbox" },
    });
    await app.request("POST", `/v1/subscriptions/${made.json.id}/pause`);
    const { status, json } = await app.request("POST", "/v1/inbox/lease", { query: "inbox=paused" });
    expect([status, json.code]).toEqual([409, "inbox_paused"]);
  });

  it("of a caller who hung up is given back", async () => {
    await app.server.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${app.key}`, "content-type": "application/json" };
    const caller = httpRequest({ port, path: "/v1/inbox/lease", method: "POST", headers, agent: false });
    caller.on("error", () => undefined);
    caller.end('{"wait_seconds":60}');
    const [, response] = await once(app.server.server, "request");
    caller.destroy();
    await once(response, "close");
    const id = await post({ payload: {} });
    expect((await lease({ wait_seconds: 10 })).map(({ event }) => event.id)).toEqual([id]);
  });
});

describe("a settle", () => {
  it("acknowledges for good; the same token may say it again", async () => {
    const id = await post({ payload: {} });
    const leased = await leaseOne();
    expect(await settle("ack", leased)).toEqual({ outcome: "acknowledged" });
    expect(await settle("ack", leased)).toEqual({ outcome: "already_acknowledged" });
    expect(await settle("release", leased)).toEqual({ outcome: "lease_lost" });
    expect(await deliveryOf(id)).toMatchObject({ state: "acknowledged", attempt: 1 });
    expect((await app.request("GET", `/v1/events/${id}`)).json.status).toBe("acknowledged");
  });

  it("releases: at once, or after a delay with a reason", async () => {
    const id = await post({ payload: {} });
    expect(await settle("release", await leaseOne())).toEqual({ outcome: "released" });
    const again = await leaseOne();
    expect(again.attempt).toBe(2);
    expect(await settle("release", again, { delay_seconds: 600, reason: "the shop is closed" })).toEqual({
      outcome: "released",
    });
    expect(await lease()).toEqual([]);
    const delivery = await deliveryOf(id);
    expect(delivery).toMatchObject({ state: "pending", state_reason: "the shop is closed" });
    expect(Date.parse(delivery.due_at) - Date.now()).toBeGreaterThan(590_000);
  });

  it("releases the last attempt into death", async () => {
    const body = { name: "once", channel: "inbox", retry: { max_attempts: 1 } };
    await app.request("POST", "/v1/subscriptions", { body });
    const id = await post({ payload: {} });
    const [leased] = await lease({}, "inbox=once");
    if (leased === undefined) throw new Error("nothing was leased");
    expect(await settle("release", leased)).toEqual({ outcome: "released" });
    expect(await deliveryOf(id)).toMatchObject({ state: "dead", state_reason: "attempts_exhausted" });
  });

  it("buries, with a reason", async () => {
    const id = await post({ payload: {} });
    expect(await settle("bury", await leaseOne(), { reason: "no such customer" })).toEqual({
      outcome: "buried",
    });
    expect(await deliveryOf(id)).toMatchObject({ state: "dead", state_reason: "no such customer" });
    expect((await app.request("GET", `/v1/events/${id}`)).json.status).toBe("dead");
  });

  it("extends a lease, to 12 h at most", async () => {
    await post({ payload: {} });
    const leased = await leaseOne();
    const { outcome, lease_expires_at } = await settle("extend", leased, { lease_seconds: 43_200 });
    expect(outcome).toBe("extended");
    const ends = Date.parse(lease_expires_at) - Date.parse(leased.lease_expires_at);
    expect(ends).toBeGreaterThan(43_000_000);
    expect(await settle("extend", leased, { lease_seconds: 1 })).toMatchObject({ outcome: "extended" });
  });

  it("answers each item by itself, in the order sent", async () => {
    for (let n = 0; n < 3; n++) await post({ payload: { n } });
    const [first, second, third] = await lease({ limit: 3 });
    const token = { lease_token: "made-up" };
    const sent = [
      { ...second, ...token },
      { delivery_id: "nonsense", ...token },
      third,
      { delivery_id: first?.delivery_id.replace(/^..../, "AAAA"), ...token },
      first,
      third,
    ].map((item) => ({ delivery_id: item?.delivery_id, lease_token: item?.lease_token }));
    const { json } = await app.request("POST", "/v1/inbox/ack", { body: { deliveries: sent } });
    expect(json.results).toEqual([
      { delivery_id: second?.delivery_id, outcome: "lease_lost" },
      { delivery_id: "nonsense", outcome: "not_found" },
      { delivery_id: third?.delivery_id, outcome: "acknowledged" },
      { delivery_id: sent[3]?.delivery_id, outcome: "not_found" },
      { delivery_id: first?.delivery_id, outcome: "acknowledged" },
      { delivery_id: third?.delivery_id, outcome: "already_acknowledged" },
    ]);
  });

  it("does not find what was deleted or lies in another inbox than the one named", async () => {
    await app.request("POST", "/v1/subscriptions", { body: { name: "other", channel: "inbox" } });
    const id = await post({ payload: {} });
    const [leased] = await lease({}, "inbox=other");
    if (leased === undefined) throw new Error("nothing was leased");
    const { delivery_id, lease_token } = leased;
    const body = { deliveries: [{ delivery_id, lease_token }] };
    const ack = (query: string) => app.request("POST", "/v1/inbox/ack", { body, query });
    expect((await ack("inbox=main")).json.results[0].outcome).toBe("not_found");
    expect((await ack("inbox=nowhere")).status).toBe(404);
    await app.request("DELETE", `/v1/events/${id}`);
    expect((await ack("inbox=other")).json.results[0].outcome).toBe("not_found");
  });

  it("of another project is not found", async () => {
    const project = await app.request("POST", "/v1/projects", {
      body: { name: "Other" },
      key: app.operatorKey,
    });
    await post({ payload: {} });
    const { delivery_id, lease_token } = await leaseOne();
    const body = { deliveries: [{ delivery_id, lease_token }] };
    const answer = await app.request("POST", "/v1/inbox/ack", { body, key: project.json.api_key });
    expect(answer.json.results).toEqual([{ delivery_id, outcome: "not_found" }]);
  });
});
