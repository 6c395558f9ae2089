import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countedOutput, jobOutput } from "../schemas/job.ts";
import { eventually } from "../testing/eventually.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
let foreignKey: string;
beforeAll(async () => {
  app = await openTestApp();
  const other = await app.request("POST", "/v1/projects", { key: app.operatorKey, body: { name: "other" } });
  foreignKey = other.json.api_key;
});
afterAll(() => app.close());

const post = (path: string, body?: unknown, key = app.key) => app.request("POST", path, { body, key });
const finished = (id: string) =>
  eventually(
    async () => (await app.request("GET", `/v1/jobs/${id}`)).json,
    ({ state }) => state !== "running",
  );
const deliveriesOf = async (eventId: string | undefined) =>
  (await app.request("GET", `/v1/events/${eventId}/deliveries`)).json.data;

/** An inbox of its own, with events of its type that came before it or after it. */
async function open(events: { before?: number; after?: number }) {
  const type = `t.${randomUUID()}`;
  const send = async (count = 0): Promise<string[]> => {
    if (count === 0) return [];
    const { json } = await post("/v1/events/batch", {
      events: Array.from({ length: count }, (_, n) => ({ type, payload: { n } })),
    });
    return json.results.map((one: { event_id: string }) => one.event_id);
  };
  const before = await send(events.before);
  const { json } = await post("/v1/subscriptions", {
    channel: "inbox",
    name: type,
    filter: { type: [type] },
  });
  return { type, id: String(json.id), before, after: await send(events.after) };
}

describe("POST /v1/events/{id}/replay", () => {
  it("delivers anew to all that match, as a job that is the cause", async () => {
    const { after, id } = await open({ after: 1 });
    const { status, headers, json } = await post(`/v1/events/${after[0]}/replay`);
    expect([status, headers.location]).toEqual([202, `/v1/jobs/${json.id}`]);
    expect(jobOutput.strict().parse(json)).toMatchObject({ kind: "replay", error: null });
    expect(await finished(json.id)).toMatchObject({ state: "done", done: 1 });
    const mine = (await deliveriesOf(after[0])).filter(
      (one: { subscription_id: string }) => one.subscription_id === id,
    );
    expect(mine.map(({ cause }: { cause: string }) => cause).sort()).toEqual(["live", json.id].sort());
  });

  it("delivers to the subscription named, whatever its filter says", async () => {
    const { before } = await open({ before: 1 });
    const { id } = await open({});
    const { json } = await post(`/v1/events/${before[0]}/replay`, { subscription_id: id });
    expect(await finished(json.id)).toMatchObject({ state: "done", done: 1 });
    const given = await deliveriesOf(before[0]);
    expect(given).toContainEqual(expect.objectContaining({ subscription_id: id, cause: json.id }));
  });

  it("knows events and subscriptions of its own project only", async () => {
    const { after, id } = await open({ after: 1 });
    const foreign = await post(`/v1/events/${after[0]}/replay`, undefined, foreignKey);
    const unknown = await post(`/v1/events/${randomUUID()}/replay`, undefined, foreignKey);
    expect([foreign.status, foreign.json.detail]).toEqual([404, unknown.json.detail]);
    const { json: own } = await post("/v1/events", { payload: {} }, foreignKey);
    const target = { subscription_id: id };
    expect((await post(`/v1/events/${own.event_id}/replay`, target, foreignKey)).status).toBe(404);
  });
});

describe("POST /v1/replays", () => {
  it("counts, then delivers what the filter takes, once for each asking", async () => {
    const { before, id, type } = await open({ before: 4 });
    const wish = { filter: { type: [type], payload: { n: [{ numeric: ["<", 2] }] } }, subscription_id: id };
    const dry = await post("/v1/replays", { ...wish, dry_run: true });
    expect([dry.status, countedOutput.strict().parse(dry.json)]).toEqual([200, { count: 2 }]);
    const { status, headers, json } = await post("/v1/replays", wish);
    expect([status, headers.location]).toEqual([202, `/v1/jobs/${json.id}`]);
    expect(await finished(json.id)).toMatchObject({ state: "done", done: 2 });
    const { json: listed } = await app.request("GET", "/v1/deliveries", { query: `subscription_id=${id}` });
    expect(listed.data.map((one: { event_id: string }) => one.event_id)).toEqual(before.slice(0, 2));
  });

  it("takes the events of a time", async () => {
    const { id } = await open({ before: 2 });
    const count = async (more: object) =>
      (await post("/v1/replays", { subscription_id: id, dry_run: true, ...more })).json.count;
    expect(await count({})).toBe(2);
    expect(await count({ after: "2126-01-01T00:00:00Z" })).toBe(0);
    expect(await count({ after: "2026-01-01T00:00:00Z", before: "2126-01-01T00:00:00Z" })).toBe(2);
  });

  it.each<[string, object, number, string]>([
    ["a filter that is not right", { filter: { type: "a" } }, 422, "invalid_filter"],
    ["an unknown field", { reason: "a" }, 422, "invalid_request"],
    ["a rate beyond 10,000", { rate_per_second: 10_001 }, 422, "invalid_request"],
    ["a subscription that never was", { subscription_id: randomUUID() }, 404, "not_found"],
  ])("refuses %s, also when it would only count", async (_, wish, status, code) => {
    for (const dry_run of [true, false]) {
      const answer = await post("/v1/replays", { ...wish, dry_run });
      expect([answer.status, answer.json.code]).toEqual([status, code]);
    }
  });

  it("refuses the subscription of another project like one that never was", async () => {
    const { id } = await open({});
    const foreign = await post("/v1/replays", { subscription_id: id }, foreignKey);
    const unknown = await post("/v1/replays", { subscription_id: randomUUID() }, foreignKey);
    expect([foreign.status, foreign.json.detail]).toEqual([404, unknown.json.detail]);
  });
});

describe("jobs", () => {
  it("are cancelled while they run, once", async () => {
    const { id } = await open({ before: 20 });
    const { json } = await post("/v1/replays", { subscription_id: id, rate_per_second: 1 });
    const { status, json: cancelled } = await post(`/v1/jobs/${json.id}/cancel`);
    expect(status).toBe(200);
    expect(jobOutput.strict().parse(cancelled)).toMatchObject({
      ...{ id: json.id, state: "cancelled", finished_at: expect.any(String) },
    });
    const again = await post(`/v1/jobs/${json.id}/cancel`);
    expect([again.status, again.json.code]).toEqual([409, "job_finished"]);
    const read = await app.request("GET", `/v1/jobs/${json.id}`);
    expect(read.json.state).toBe("cancelled");
  });

  it("of another project are not there", async () => {
    const { after } = await open({ after: 1 });
    const { json } = await post(`/v1/events/${after[0]}/replay`);
    const unknown = await app.request("GET", `/v1/jobs/${randomUUID()}`, { key: foreignKey });
    for (const [method, rest] of [
      ["GET", ""],
      ["POST", "/cancel"],
    ] as const) {
      const answer = await app.request(method, `/v1/jobs/${json.id}${rest}`, { key: foreignKey });
      expect([answer.status, answer.json.detail]).toEqual([404, unknown.json.detail]);
    }
  });
});
