import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Job, Triggers } from "../index.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";

let server: TestServer;
let client: Triggers;
beforeAll(async () => {
  server = await openServer();
  client = server.client();
});
afterAll(() => server.close());

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

describe("A subscription", () => {
  it("is made once by its name and changed afterwards", async () => {
    const wish = { channel: "inbox", filter: { type: ["a"] } } as const;
    const made = await client.subscriptions.ensure("by name/é", wish);
    const again = await client.subscriptions.ensure("by name/é", { ...wish, labels: ["x"] });
    expect(again).toMatchObject({ id: made.id, name: "by name/é", labels: ["x"] });
    const listed = await collect(client.subscriptions.list({ label: "x" }));
    expect(listed.map(({ id }) => id)).toEqual([made.id]);
    expect(await client.subscriptions.change(made.id, { labels: [] })).toMatchObject({ labels: [] });
    await expect(client.subscriptions.create({ ...wish, name: "by name/é" })).rejects.toMatchObject({
      ...{ code: "name_taken", status: 409 },
    });
  });

  it("is paused, resumed, counted and deleted", async () => {
    const { id } = await client.subscriptions.create({ channel: "inbox", name: "short" });
    expect(await client.subscriptions.pause(id)).toMatchObject({ state: "paused" });
    await expect(client.inbox.lease({ inbox: "short" })).rejects.toMatchObject({ code: "inbox_paused" });
    expect(await client.subscriptions.resume(id)).toMatchObject({ state: "active" });
    await client.events.send({ payload: {} });
    expect(await client.subscriptions.stats(id)).toMatchObject({ pending: { count: 1, more: false } });
    expect(await client.subscriptions.get(id)).toMatchObject({ id, name: "short" });
    await client.subscriptions.delete(id);
    await client.subscriptions.delete(id);
    await expect(client.subscriptions.get(id)).rejects.toMatchObject({ code: "not_found" });
  });

  it("with a webhook has a secret that can be changed, and can be tried", async () => {
    const webhook = { url: "http://127.0.0.1:9/" };
    const { id, secret } = await client.subscriptions.create({ channel: "webhook", webhook });
    expect(await client.subscriptions.secret(id)).toBe(secret);
    const rotated = await client.subscriptions.rotateSecret(id, { overlap_hours: 1 });
    expect(await client.subscriptions.secret(id)).toBe(rotated.secret);
    expect(rotated.secret === secret).toBe(false);
    const { request, response } = await client.subscriptions.test(id);
    expect(request.url).toBe(webhook.url);
    expect(response).toMatchObject({ status_code: null, error_code: "refused" });
    await client.subscriptions.delete(id);
  });
});

describe("Dead letters", () => {
  it("are listed, counted, redriven one by one and together, and cancelled", async () => {
    const client = await server.emptyProject();
    for (let n = 0; n < 3; n++) await client.events.send({ payload: { n } });
    await client.inbox.drain(() => ({ outcome: "bury", reason: "no use" }));
    const dead = await collect(client.deliveries.list({ state: "dead", limit: 2 }));
    expect(dead.map(({ state_reason }) => state_reason)).toEqual(["no use", "no use", "no use"]);
    const [first, second] = dead.map(({ id }) => id);
    if (!first || !second) throw new Error("There are too few.");
    expect(await client.deliveries.redrive(first)).toMatchObject({ state: "pending" });
    expect(await client.deliveries.cancel(second, { reason: "sold" })).toMatchObject({ state: "cancelled" });
    expect(await client.deliveries.countDead({ reason: "no use" })).toMatchObject({ count: 1 });
    const job = await client.deliveries.redriveMany({ reason: "no use" });
    expect(await client.jobs.wait(job.id)).toMatchObject({ state: "done", done: 1 });
    expect(await client.deliveries.get(first)).toMatchObject({ id: first, attempts: [] });
    expect(await client.inbox.lease()).toHaveLength(2);
  });
});

describe("A job", () => {
  it("is awaited, with its progress", async () => {
    const client = await server.emptyProject();
    for (let n = 0; n < 3; n++) await client.events.send({ type: "old.one", payload: { n } });
    const filter = { type: [{ prefix: "old." }] };
    expect(await client.events.countReplays({ filter })).toMatchObject({ count: 3 });
    const job = await client.events.replayMany({ filter });
    const seen: Job[] = [];
    const finished = await client.jobs.wait(job.id, { onProgress: (now) => seen.push(now) });
    expect(finished).toMatchObject({ kind: "replay", state: "done", done: 3 });
    expect(seen.at(-1)).toEqual(finished);
    expect(await client.jobs.get(job.id)).toEqual(finished);
    await expect(client.jobs.cancel(job.id)).rejects.toMatchObject({ code: "job_finished" });
  });

  it("that takes longer than one wants to wait is left to itself", async () => {
    const client = await server.emptyProject();
    for (let n = 0; n < 5; n++) await client.events.send({ payload: { n } });
    const job = await client.events.replayMany({ rate_per_second: 1 });
    await expect(client.jobs.wait(job.id, { waitMs: 150 })).rejects.toMatchObject({ code: "timeout" });
    expect(await client.jobs.cancel(job.id)).toMatchObject({ state: "cancelled" });
    expect(await client.jobs.wait(job.id)).toMatchObject({ state: "cancelled" });
  });
});

describe("Keys, types and filters", () => {
  it("tell who one is and what may be sent", async () => {
    const { limits, scopes, project } = await client.me();
    expect({ scopes, name: project.name }).toEqual({ scopes: ["project:admin"], name: "client tests" });
    expect(limits.batch_bytes).toBeGreaterThan(1_000_000);
  });

  it("are made, listed, rotated and revoked", async () => {
    const made = await client.keys.create({ name: "sender", scopes: ["events:write"] });
    const sender = new Triggers({ baseUrl: server.url, apiKey: made.key });
    await sender.events.send({ payload: {} });
    await expect(sender.keys.list().page()).rejects.toMatchObject({ code: "forbidden", status: 403 });
    const rotated = await client.keys.rotate(made.id, { overlap_hours: 0 });
    expect((await collect(client.keys.list({ limit: 1 }))).map(({ name }) => name)).toContain("sender");
    await client.keys.revoke(rotated.id);
    const late = new Triggers({ baseUrl: server.url, apiKey: rotated.key, maxRetries: 0 });
    await expect(late.me()).rejects.toMatchObject({ code: "unauthenticated", status: 401 });
  });

  it("are tried before they decide", async () => {
    const filter = { type: [{ prefix: "order." }] };
    expect(await client.filters.test(filter, { event: { type: "order.made" } })).toEqual({
      ...{ matched: true, failed: null },
    });
    const { event_id } = await client.events.send({ type: "other", payload: {} });
    expect(await client.filters.test(filter, { event_id })).toMatchObject({
      ...{ matched: false, failed: { pointer: "/type", value: "other" } },
    });
    expect(await client.filters.testOnLast(filter, 1)).toMatchObject([{ event_id, matched: false }]);
    await expect(client.filters.test({ type: "order" }, { event_id })).rejects.toMatchObject({
      ...{ code: "invalid_filter", errors: [{ pointer: "/filter/type" }] },
    });
  });

  it("have names", async () => {
    await client.events.send({ type: "seen.now", payload: {} });
    const isSeen = async () => (await client.eventTypes()).some(({ id }) => id === "seen.now");
    // Kept in memory for up to 10 s before all processes see it.
    for (const end = Date.now() + 12_000; !(await isSeen()) && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await isSeen()).toBe(true);
  });
});

describe("A project", () => {
  it("is made, renamed, read and deleted by the operator alone", async () => {
    await expect(client.projects.create({ name: "p" })).rejects.toMatchObject({ code: "forbidden" });
    const operator = server.operator();
    const { id, api_key: apiKey } = await operator.projects.create({ name: "p" });
    expect(await operator.projects.rename(id, "q")).toMatchObject({ id, name: "q" });
    expect(await operator.projects.get(id)).toMatchObject({ id, name: "q" });
    expect(await new Triggers({ baseUrl: server.url, apiKey }).me()).toMatchObject({
      project: { name: "q" },
    });
    await operator.projects.delete(id);
    await expect(operator.projects.get(id)).rejects.toMatchObject({ code: "not_found" });
  });
});
