import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, lease, postEvent, readFeed, settle } from "./harness/calls.ts";
import { type Client, connect } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type Nodes, openNodes } from "./harness/open-nodes.ts";
import { openReceiver } from "./harness/open-receiver.ts";
import { openStream, type StreamedEvent } from "./harness/open-stream.ts";
import { refuseListeners } from "./harness/refuse-listeners.ts";
import type { Program } from "./harness/start-program.ts";
import { subscribe } from "./harness/webhooks.ts";

const LOAD_EVERY_MS = 10;

describe("Two nodes that start together on an empty database", () => {
  it("make one first project, and one of them shows its key, which both take", async () => {
    await using nodes = await openNodes();
    const own = { TRIGGERS_BOOTSTRAP_API_KEY: null };
    const pair = [await nodes.add(own), await nodes.add(own)];
    await Promise.all(pair.map((program) => program.start()));
    const shown = pair.flatMap(
      (program) => stripVTControlCharacters(program.output()).match(/\btk_live_[\w-]+/g) ?? [],
    );
    const keys = new Set(shown);
    expect(keys.size).toBe(1);
    const screens = pair.filter((program) => program.output().includes("tk_live_"));
    expect(screens).toHaveLength(1);
    for (const program of pair) {
      using client = connect(program, [...keys][0] ?? "");
      expectStatus(await client.send("GET", "/v1/me"), 200);
    }
  });
});

describe("Two nodes on one database", () => {
  let nodes: Nodes;
  let programs: readonly [Program, Program];
  let here: Client;
  let there: Client;

  beforeAll(async () => {
    nodes = await openNodes();
    const env = { TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" };
    programs = [await nodes.add(env), await nodes.add(env)];
    for (const program of programs) await program.start();
    here = connect(programs[0], programs[0].key);
    there = connect(programs[1], programs[1].key);
  });
  afterAll(async () => {
    here?.[Symbol.dispose]();
    there?.[Symbol.dispose]();
    await nodes?.[Symbol.asyncDispose]();
  });

  it("serve the same events: what one accepts, whoever waits at the other gets", async () => {
    const waiting = lease(there, { limit: 1, wait_seconds: 30 });
    const { event_id } = await postEvent(here, { payload: { from: "here" } });
    const leased = await waiting;
    expect(leased.map(({ event }) => event.id)).toEqual([event_id]);
    expect(await settle(here, "ack", leased)).toEqual(["acknowledged"]);
    expect((await readFeed(there)).map(({ id }) => id)).toContain(event_id);
  });

  it("give each delivery to one consumer, however many lease at both", async () => {
    const posted = await Promise.all(
      Array.from({ length: 200 }, (_, n) => postEvent(n % 2 === 0 ? here : there, { payload: { n } })),
    );
    const leases = Array.from({ length: 20 }, (_, n) =>
      lease(n % 2 === 0 ? here : there, { limit: 20, wait_seconds: 1 }),
    );
    const ids = (await Promise.all(leases)).flat().map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(posted.map(({ event_id }) => event_id).toSorted());
  });

  it("take an idempotency key once between them", async () => {
    const event = { payload: { paid: 1 } };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 === 0 ? here : there).send<{ event_id: string }>("POST", "/v1/events", {
          body: event,
          headers: { "idempotency-key": "payment-1" },
        }),
      ),
    );
    expect(new Set(answers.map(({ json }) => json.event_id)).size).toBe(1);
  });

  it("both refuse a key within 5 s after one of them revoked it", async () => {
    const body = { name: "short-lived", scopes: ["events:read"] };
    const made = expectStatus(
      await here.send<{ id: string; key: string }>("POST", "/v1/keys", { body }),
      201,
    );
    using guestHere = connect(programs[0], made.key);
    using guestThere = connect(programs[1], made.key);
    for (const guest of [guestHere, guestThere]) expectStatus(await guest.send("GET", "/v1/events"), 200);
    expectStatus(await here.send("DELETE", `/v1/keys/${made.id}`), 204);
    const revokedAt = performance.now();
    for (const guest of [guestHere, guestThere])
      await eventually(
        async () => (await guest.send("GET", "/v1/events")).status,
        (status) => status === 401,
        5_000,
      );
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
  });

  it("miss nothing for a subscription that one of them made while the other accepts", async () => {
    const name = "made-here";
    const posted: string[] = [];
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        posted.push((await postEvent(there, { type: "order.paid", payload: {} })).event_id);
        await delay(LOAD_EVERY_MS);
      }
    })();
    const body = { channel: "inbox", name, filter: { type: ["order.paid"] } };
    const before = posted.length;
    const made = expectStatus(
      await here.send<{ id: string; effective_at: string }>("POST", "/v1/subscriptions", { body }),
      201,
    );
    const answeredAt = posted.length;
    const effectiveInMs = Date.parse(made.effective_at) - Date.now();
    expect(effectiveInMs).toBeLessThanOrEqual(5_500);
    await eventually(
      async () =>
        expectStatus(await here.send<{ catching_up: boolean }>("GET", `/v1/subscriptions/${made.id}`), 200)
          .catching_up,
      (isBehind) => !isBehind,
      60_000,
    );
    isOver = true;
    await load;
    // The one under way when the answer came may have been accepted before it.
    const wanted = posted.slice(answeredAt + 1);
    expect(wanted.length).toBeGreaterThan(10);
    const got = new Set<string>();
    await eventually(
      async () => {
        const leased = await lease(here, { limit: 100 }, name);
        for (const { event } of leased) got.add(event.id);
        return wanted.filter((id) => !got.has(id)).length;
      },
      (missing) => missing === 0,
    );
    expect(posted.slice(0, before).filter((id) => got.has(id))).toEqual([]);
  });

  it("push an event once, whichever accepts it and whichever owns the endpoint", async () => {
    await using receiver = await openReceiver({ answerMs: () => 0 });
    const endpoints = ["a", "b", "c", "d", "e", "f"].map((name) => receiver.addEndpoint(name));
    const made = [];
    for (const [n, { url, secret }] of endpoints.entries())
      made.push(
        await subscribe(n % 2 === 0 ? here : there, url, {
          secret,
          filter: { type: ["pushed"] },
        }),
      );
    const effectiveAt = Math.max(...made.map(({ effective_at }) => Date.parse(effective_at)));
    await eventually(
      () => Date.now(),
      (now) => now > effectiveAt + 500,
    );
    const ids: string[] = [];
    for (let n = 0; n < 20; n++)
      ids.push((await postEvent(n % 2 === 0 ? here : there, { type: "pushed", payload: { n } })).event_id);
    await receiver.whenCounted(ids.length * endpoints.length);
    for (const { arrivals } of endpoints)
      expect(arrivals.map(({ eventId }) => eventId).toSorted()).toEqual(ids.toSorted());
    expect(receiver.faults).toEqual([]);
  });

  it("go on when one of them is killed: the other takes its leases and endpoints over", async () => {
    await using receiver = await openReceiver({ answerMs: () => 0 });
    const endpoints = ["g", "h", "i", "j"].map((name) => receiver.addEndpoint(name));
    for (const { url, secret } of endpoints)
      await subscribe(there, url, { secret, filter: { type: ["survived"] } });
    await postEvent(here, { type: "leased", payload: {} });
    const held = await lease(here, { limit: 1_000, lease_seconds: 5 });
    expect(held.length).toBeGreaterThan(0);
    await programs[0].kill();
    const { event_id } = await postEvent(there, { type: "survived", payload: {} });
    const again = new Set<string>();
    await eventually(
      async () => {
        for (const { delivery_id } of await lease(there, { limit: 1_000 })) again.add(delivery_id);
        return held.filter(({ delivery_id }) => !again.has(delivery_id)).length;
      },
      (missing) => missing === 0,
    );
    await receiver.whenCounted(endpoints.length);
    for (const { arrivals } of endpoints) expect(arrivals.map(({ eventId }) => eventId)).toEqual([event_id]);
    await programs[0].start();
    expectStatus(await here.send("GET", `/v1/events/${event_id}`), 200);
  });
});

describe("Two nodes whose connections for wake-ups never come through", () => {
  it("still hand out, stream and push what the other accepts: whoever waits looks every second", async () => {
    await using nodes = await openNodes();
    await using way = await refuseListeners(nodes.url);
    await using receiver = await openReceiver({ answerMs: () => 0 });
    const endpoint = receiver.addEndpoint("deaf");
    const env = { TRIGGERS_STORE: way.url, TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" };
    const [one, other] = [await nodes.add(env), await nodes.add({ ...env, TRIGGERS_ROLES: "api" })];
    for (const program of [one, other]) await program.start();
    using here = connect(one, one.key);
    using there = connect(other, other.key);
    const { url, secret } = endpoint;
    await subscribe(here, url, { secret, filter: { type: ["pushed"] } });
    const streamed = Promise.withResolvers<string>();
    const onEvent = ({ event }: StreamedEvent) => streamed.resolve(event.id);
    const stream = await openStream({ url: one.url, key: one.key, lastEventId: null, onEvent });

    const waiting = lease(here, { limit: 1, wait_seconds: 30 });
    const { event_id } = await postEvent(there, { payload: {} });
    const began = performance.now();
    expect((await waiting).map(({ event }) => event.id)).toEqual([event_id]);
    expect(performance.now() - began).toBeLessThan(5_000);
    await postEvent(there, { type: "pushed", payload: {} });
    await receiver.whenCounted(1);
    expect(await streamed.promise).toBe(event_id);
    stream.close();
    expect(way.refused()).toBeGreaterThan(1);
  });
});
