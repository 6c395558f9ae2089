import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestAnswer, type TestApp } from "../testing/open-test-app.ts";

const UNKNOWN = "019a0000-0000-7000-8000-000000000000";
const MIB = 1024 * 1024;

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ config: { maxEventBytes: 10 * MIB } });
});
afterAll(() => app.close());

async function post(body: object): Promise<string> {
  const { status, json } = await app.request("POST", "/v1/events", { body });
  expect(status).toBe(201);
  return String(json.event_id);
}

function get(path: string, query?: string): Promise<TestAnswer> {
  return app.request("GET", path, query === undefined ? {} : { query });
}

async function list(query: string): Promise<TestAnswer["json"]> {
  const { status, json } = await get("/v1/events", query);
  expect(status).toBe(200);
  return json;
}

/** All pages of a list, as numbers `n` of the payloads; every page keeps to its limit. */
async function walk(query: string, limit: number): Promise<number[][]> {
  const pages: number[][] = [];
  let path: string | null = `/v1/events?${query}&limit=${limit}`;
  while (path !== null) {
    const { json, headers } = await get(path);
    const page = json.data.map(({ payload }: { payload: { n: number } }) => payload.n);
    expect(page.length).toBeLessThanOrEqual(limit);
    if (page.length === 0) break;
    pages.push(page);
    path = /^<(.+)>; rel="next"$/.exec(String(headers.link))?.[1] ?? null;
    if (path !== null) expect(path).toContain(encodeURIComponent(json.next_cursor));
  }
  return pages;
}

describe("the list of events", () => {
  beforeAll(async () => {
    for (let n = 0; n < 7; n++)
      await post({
        payload: { n },
        source: "list",
        type: n % 2 === 0 ? "even.created" : "odd.created",
        tags: [`t${n}`],
        subject: `s${n}`,
      });
  });

  it("is read page by page, newest first", async () => {
    expect((await walk("source=list", 3)).flat()).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await walk("source=list", 7)).toEqual([[6, 5, 4, 3, 2, 1, 0]]);
  });

  it("is read from the oldest on, and goes on where it ended", async () => {
    expect((await walk("source=list&order=oldest", 2)).flat()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const { next_cursor } = await list("source=later&order=oldest");
    await post({ payload: { n: 7 }, source: "later" });
    const { data } = await list(`source=later&order=oldest&cursor=${next_cursor}`);
    expect(data).toMatchObject([{ payload: { n: 7 } }]);
  });

  it.each([
    ["type=even.*", [6, 4, 2, 0]],
    ["type=odd.created", [5, 3, 1]],
    ["type=odd", []],
    ["tag=t3", [3]],
    ["subject=s4", [4]],
    ["source=list&type=*&status=pending", [6, 5, 4, 3, 2, 1, 0]],
    ["source=list&status=dead", []],
    ["source=list&before=2020-01-01T00:00:00Z", []],
    ["source=list&after=2020-01-01T00:00:00Z&before=9999-01-01T00:00:00Z", [6, 5, 4, 3, 2, 1, 0]],
  ])("is filtered by %s", async (query, numbers) => {
    const { data } = await list(query);
    expect(data.map(({ payload }: { payload: { n: number } }) => payload.n)).toEqual(numbers);
  });

  it("is filtered by times to the millisecond, the first inclusive, the second not", async () => {
    const { data } = await list("source=list&subject=s3");
    const [{ timestamp, id }] = data;
    const ids = async (query: string) =>
      (await list(`source=list&${query}`)).data.map((event: { id: string }) => event.id);
    expect(await ids(`after=${timestamp}`)).toContain(id);
    expect(await ids(`before=${timestamp}`)).not.toContain(id);
    const next = new Date(Date.parse(timestamp) + 1).toISOString();
    expect(await ids(`after=${next}`)).not.toContain(id);
    expect(await ids(`before=${next}`)).toContain(id);
  });

  it("shows the status, or the fact alone", async () => {
    expect((await list("tag=t1")).data[0].status).toBe("pending");
    expect((await list("tag=t1&view=fact")).data[0]).not.toHaveProperty("status");
  });

  it("takes a cursor only with the query it was answered to", async () => {
    const { next_cursor } = await list("source=list&limit=2");
    for (const query of [`source=other&cursor=${next_cursor}`, `cursor=${next_cursor}x`, "cursor=made.up"]) {
      const { status, json } = await get("/v1/events", query);
      expect(status).toBe(400);
      expect(json.code).toBe("invalid_cursor");
    }
    expect((await list(`source=list&limit=3&cursor=${next_cursor}`)).data).toHaveLength(3);
  });
});

describe("an answer", () => {
  it("of a list ends before 4 MiB and goes on on the next page", async () => {
    const sent: string[] = [];
    for (let n = 0; n < 7; n++)
      sent.push(await post({ payload: { text: "x".repeat(1_200_000) }, source: "large" }));
    const got: string[] = [];
    let query = "source=large";
    for (;;) {
      const { text, json } = await get("/v1/events", query);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4 * MIB);
      for (const { id, payload } of json.data) {
        expect(payload.text).toHaveLength(1_200_000);
        got.push(id);
      }
      if (json.next_cursor === null) break;
      query = `source=large&cursor=${json.next_cursor}`;
    }
    expect(got).toEqual(sent.toReversed());
  });

  it("with one event above 4 MiB has no payload, but says where it is", async () => {
    const text = "x".repeat(5 * MIB);
    const id = await post({ payload: { text }, source: "huge" });
    const without = { payload: null, payload_url: `/v1/events/${id}/payload`, status: "pending" };
    expect((await get(`/v1/events/${id}`)).json).toMatchObject({ id, ...without });
    expect((await list("source=huge")).data).toMatchObject([{ id, ...without }]);
    expect((await get(`/v1/events/${id}/payload`)).text).toBe(JSON.stringify({ text }));
  });
});

describe("an event", () => {
  it("is read with the status of its deliveries", async () => {
    const id = await post({ payload: {} });
    expect((await get(`/v1/events/${id}`)).json.status).toBe("pending");
    await app.request("POST", `/v1/events/${id}/ack`);
    expect((await get(`/v1/events/${id}`)).json.status).toBe("acknowledged");
    expect((await get(`/v1/events/${id}`, "view=fact")).json).not.toHaveProperty("status");
  });

  it("lists its deliveries page by page", async () => {
    await app.request("POST", "/v1/subscriptions", { body: { name: "second", channel: "inbox" } });
    await app.request("POST", "/v1/subscriptions", { body: { name: "third", channel: "inbox" } });
    const id = await post({ payload: {} });
    const first = await get(`/v1/events/${id}/deliveries`, "limit=1");
    const second = await get(`/v1/events/${id}/deliveries`, `limit=1&cursor=${first.json.next_cursor}`);
    const both = await get(`/v1/events/${id}/deliveries`);
    expect(both.json.data).toEqual([...first.json.data, ...second.json.data]);
    expect(both.json.data).toHaveLength(2);
    expect(both.json.data[0]).toEqual({
      id: expect.stringMatching(/^[\w-]{1,80}$/),
      event_id: id,
      subscription_id: expect.any(String),
      cause: "live",
      state: "pending",
      state_reason: null,
      attempt: 0,
      due_at: expect.stringMatching(/Z$/),
      created_at: expect.stringMatching(/Z$/),
      settled_at: null,
    });
  });

  it("is gone for every read after its delete, also for a second delete", async () => {
    const id = await post({ payload: {}, source: "deleted" });
    const { status, text } = await app.request("DELETE", `/v1/events/${id}`);
    expect([status, text]).toEqual([204, ""]);
    for (const path of [`/v1/events/${id}`, `/v1/events/${id}/payload`, `/v1/events/${id}/deliveries`])
      expect((await get(path)).status).toBe(404);
    expect((await app.request("POST", `/v1/events/${id}/ack`)).status).toBe(404);
    expect((await app.request("DELETE", `/v1/events/${id}`)).status).toBe(404);
    expect((await list("source=deleted")).data).toEqual([]);
  });

  it.each([
    ["GET", ""],
    ["GET", "/payload"],
    ["GET", "/deliveries"],
    ["DELETE", ""],
    ["POST", "/ack"],
  ])("that is not there is 404: %s /v1/events/{id}%s", async (method, rest) => {
    for (const id of [UNKNOWN, "nonsense", "..%2f..", UNKNOWN.toUpperCase(), `${UNKNOWN}0`]) {
      const { status, json } = await app.request(method, `/v1/events/${id}${rest}`);
      expect([id, status]).toEqual([id, 404]);
      expect(json.code).toBe("not_found");
    }
  });

  it("is answered to HEAD without a body", async () => {
    const id = await post({ payload: {} });
    const { status, text } = await app.request("HEAD", `/v1/events/${id}`);
    expect([status, text]).toEqual([200, ""]);
  });
});

describe("an acknowledgement without a lease", () => {
  it("settles the delivery in the main inbox, once", async () => {
    const own = await openTestApp();
    const { json } = await own.request("POST", "/v1/events", { body: { payload: {} } });
    const path = `/v1/events/${json.event_id}/ack`;
    const first = await own.request("POST", path);
    expect([first.status, first.json]).toEqual([200, { event_id: json.event_id, outcome: "acknowledged" }]);
    expect((await own.request("POST", path)).json.outcome).toBe("already_acknowledged");
    expect((await own.request("GET", "/v1/inbox")).json.data).toEqual([]);
    await own.close();
  });

  it("takes another inbox by name, and refuses what is held, dead or not there", async () => {
    await app.request("POST", "/v1/subscriptions", {
      body: { name: "acks", channel: "inbox", retry: { max_attempts: 1 } },
    });
    const id = await post({ payload: {}, source: "acks" });
    const ack = (query: string) => app.request("POST", `/v1/events/${id}/ack`, { query });
    expect((await ack("inbox=main")).status).toBe(404);
    expect((await ack("inbox=nowhere")).status).toBe(404);
    const lease = await app.request("POST", "/v1/inbox/lease", { query: "inbox=acks" });
    const { delivery_id, lease_token } = lease.json.deliveries.find(
      ({ event }: { event: { id: string } }) => event.id === id,
    );
    expect((await ack("inbox=acks")).json).toMatchObject({ status: 409, code: "delivery_leased" });
    await app.request("POST", "/v1/inbox/bury", { body: { deliveries: [{ delivery_id, lease_token }] } });
    expect((await ack("inbox=acks")).json).toMatchObject({ status: 409, code: "delivery_settled" });
  });
});
