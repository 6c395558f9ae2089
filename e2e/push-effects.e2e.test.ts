import { describe, expect, it } from "vitest";
import { expectStatus, postEvent } from "./harness/calls.ts";
import type { Client, EventView, Problem } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import {
  countStates,
  type DeliveryView,
  postEvents,
  readAll,
  readDeliveries,
  type SubscriptionView,
  subscribe,
  turn,
} from "./harness/webhooks.ts";
import {
  ALL,
  HELD,
  makeBacklog,
  openScene,
  orders,
  readSettled,
  readTold,
  seeLoopGoRound,
  TAKEN,
  TYPE,
} from "./push-effects/open-scene.ts";

const LEFT = ALL - TAKEN;

describe("An endpoint that answers 410", () => {
  it("ends its webhook: what is open reads as dead at once, and one notice stands for all of it", async () => {
    await using scene = await openScene();
    const { client, gate } = scene;
    const { webhook, eventIds } = await makeBacklog(scene);
    gate.open(410);
    const ended = await untilEnded(client, webhook);
    expect(ended).toMatchObject({ state: "ended", state_reason: "gone" });
    await expectGivenUp(client, webhook, "gone");

    const told = await untilTold(client, "subscription.ended");
    const dead = await readSettled(client, webhook);
    expect(countStates(dead)).toEqual({ acknowledged: TAKEN, dead: LEFT });
    // Slots become free before the end is written: some may have gone out until then.
    expect(gate.arrived.length).toBeLessThanOrEqual(TAKEN + 3 * HELD);
    const arrived = gate.arrived.length;
    await postEvents(client, orders(5));
    await seeLoopGoRound(scene);
    expect(gate.arrived.length).toBe(arrived);
    expect(told).toMatchObject({ subscription_id: webhook.id, reason: "gone" });
    expect((await readTold(client)).map(({ type }) => type)).toEqual(["subscription.ended"]);
    expect(told.deliveries_given_up).toBe(LEFT);
    const event = await client.send<EventView>("GET", `/v1/events/${eventIds.at(-1)}`);
    expect(expectStatus(event, 200).status).toBe("dead");
  });

  it("leaves an ended webhook: listed, matching nothing, refusing every change and redrive, and in nobody's way", async () => {
    await using scene = await openScene();
    const { client, gate, url } = scene;
    const { webhook } = await makeBacklog(scene);
    gate.open(410);
    await untilEnded(client, webhook);

    const listed = await readAll<SubscriptionView>(client, "/v1/subscriptions");
    expect(listed.find(({ id }) => id === webhook.id)).toMatchObject({
      state: "ended",
      state_reason: "gone",
    });
    const later = await postEvent(client, { type: TYPE, payload: {} });
    const deliveries = await readAll<DeliveryView>(client, `/v1/events/${later.event_id}/deliveries`);
    expect(deliveries.map(({ subscription_id }) => subscription_id)).toEqual([await mainOf(client)]);
    await refusesAll(client, webhook, [409, "subscription_ended"]);
    const [dead] = await readDeliveries(client, webhook, "&state=dead");
    const redriven = await client.send<Problem>("POST", `/v1/deliveries/${dead?.id}/redrive`);
    expect([redriven.status, redriven.json.code]).toEqual([409, "delivery_not_dead"]);
    const again = await subscribe(client, url, { webhook: { format: "payload" }, filter: { type: [TYPE] } });
    expect(again.id).not.toBe(webhook.id);
  });
});

describe("A pause", () => {
  it("lets out only what was leased before its answer; resumed, everything goes out once", async () => {
    await using scene = await openScene();
    const { client, gate } = scene;
    const { webhook } = await makeBacklog(scene);
    expect((await turn(client, webhook, "pause")).state).toBe("paused");
    gate.open(200);
    const counts = { acknowledged: TAKEN + HELD, pending: LEFT - HELD };
    await eventually(
      async () => countStates(await readDeliveries(client, webhook)),
      (seen) => seen.acknowledged === counts.acknowledged,
    );
    await postEvents(client, orders(50));
    await seeLoopGoRound(scene);
    expect(countStates(await readDeliveries(client, webhook))).toEqual({
      ...counts,
      pending: counts.pending + 50,
    });
    expect(gate.arrived).toHaveLength(TAKEN + HELD);

    expect((await turn(client, webhook, "resume")).state).toBe("active");
    expect(countStates(await readSettled(client, webhook))).toEqual({ acknowledged: ALL + 50 });
    expect(gate.arrived).toHaveLength(ALL + 50);
    expect(await readTold(client)).toEqual([]);
  });
});

describe("A delete", () => {
  it("cancels what is open at once, sends nothing more, keeps the events and tells nobody", async () => {
    await using scene = await openScene();
    const { client, gate } = scene;
    const { webhook, eventIds } = await makeBacklog(scene);
    const path = `/v1/subscriptions/${webhook.id}`;
    expectStatus(await client.send("DELETE", path), 204);
    await expectStates(client, webhook, { acknowledged: TAKEN, cancelled: LEFT });
    expectStatus(await client.send("GET", path), 404);
    expectStatus(await client.send("DELETE", path), 204);

    gate.open(200);
    const later = await postEvent(client, { type: TYPE, payload: {} });
    await seeLoopGoRound(scene);
    expect(gate.arrived).toHaveLength(TAKEN + HELD);
    // A request that was out may have settled before the job came to its row.
    const { acknowledged = 0, cancelled = 0 } = countStates(await readDeliveries(client, webhook));
    expect(acknowledged + cancelled).toBe(ALL);
    expect(acknowledged).toBeGreaterThanOrEqual(TAKEN);
    expect(acknowledged).toBeLessThanOrEqual(TAKEN + HELD);
    await refusesAll(client, webhook, [404, "not_found"]);
    const event = await client.send<EventView>("GET", `/v1/events/${eventIds.at(-1)}`);
    expect(expectStatus(event, 200).status).toBe("unmatched");
    const deliveries = await readAll<DeliveryView>(client, `/v1/events/${later.event_id}/deliveries`);
    expect(deliveries.map(({ subscription_id }) => subscription_id)).toEqual([await mainOf(client)]);
    expect(await readTold(client)).toEqual([]);
  });
});

describe("An expiry", () => {
  it("ends the webhook by itself: what is open is dead, also under a lease, and one notice counts it", async () => {
    await using scene = await openScene();
    const { client, gate } = scene;
    const expires_at = new Date(Date.now() + 4_000).toISOString();
    const { webhook } = await makeBacklog(scene, { expires_at });
    expect(await untilEnded(client, webhook)).toMatchObject({ state: "ended", state_reason: "expired" });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expires_at));
    await expectGivenUp(client, webhook, "expired");

    const told = await untilTold(client, "subscription.ended");
    expect(told).toEqual({ subscription_id: webhook.id, reason: "expired", deliveries_given_up: LEFT });
    gate.open(200);
    await seeLoopGoRound(scene);
    await expectGivenUp(client, webhook, "expired");
    expect(gate.arrived).toHaveLength(TAKEN + HELD);
    expect((await readTold(client)).map(({ type }) => type)).toEqual(["subscription.ended"]);
    await refusesAll(client, webhook, [409, "subscription_ended"]);
  });

  it("reads so before anybody has written it down, and what is out may settle until then", async () => {
    // Nobody sweeps here, so that the rows stay as they were.
    await using scene = await openScene({ env: { TRIGGERS_ROLES: "api,push" } });
    const { client, gate } = scene;
    const expires_at = new Date(Date.now() + 4_000).toISOString();
    const { webhook } = await makeBacklog(scene, { expires_at });
    await untilEnded(client, webhook);
    await expectGivenUp(client, webhook, "expired");
    await refusesAll(client, webhook, [409, "subscription_ended"]);
    gate.open(200);
    await eventually(
      async () => countStates(await readDeliveries(client, webhook)).acknowledged,
      (acknowledged) => acknowledged === TAKEN + HELD,
    );
    await seeLoopGoRound(scene);
    expect(gate.arrived).toHaveLength(TAKEN + HELD);
    expect(countStates(await readDeliveries(client, webhook))).toEqual({
      acknowledged: TAKEN + HELD,
      dead: LEFT - HELD,
    });
  });
});

describe("A change of the filter", () => {
  it("holds for events accepted after effective_at; what waits stays and goes out", async () => {
    await using scene = await openScene();
    const { client, gate } = scene;
    const { webhook, eventIds } = await makeBacklog(scene);
    const body = { filter: { type: ["order.paid"] } };
    const changed = expectStatus(
      await client.send<SubscriptionView>("PATCH", `/v1/subscriptions/${webhook.id}`, { body }),
      200,
    );
    await eventually(Date.now, (now) => now >= Date.parse(changed.effective_at));
    const [old, fresh] = await postEvents(client, [
      { type: TYPE, payload: { number: -1 } },
      { type: "order.paid", payload: { number: -2 } },
    ]);
    expect(countStates(await readDeliveries(client, webhook)).pending).toBe(LEFT - HELD + 1);
    gate.open(200);
    const deliveries = await readSettled(client, webhook);
    expect(countStates(deliveries)).toEqual({ acknowledged: ALL + 1 });
    expect(deliveries.map(({ event_id }) => event_id).toSorted()).toEqual([...eventIds, fresh].toSorted());
    expect(gate.arrived).toHaveLength(ALL + 1);
    const elsewhere = await readAll<DeliveryView>(client, `/v1/events/${old}/deliveries`);
    expect(elsewhere.map(({ subscription_id }) => subscription_id)).toEqual([await mainOf(client)]);
    expect(await readTold(client)).toEqual([]);
  });
});

function untilEnded(client: Client, { id }: SubscriptionView): Promise<SubscriptionView> {
  return eventually(
    async () => expectStatus(await client.send<SubscriptionView>("GET", `/v1/subscriptions/${id}`), 200),
    ({ state }) => state === "ended",
  );
}

async function untilTold(client: Client, type: string): Promise<Readonly<Record<string, unknown>>> {
  const told = await eventually(
    () => readTold(client),
    (events) => events.some((event) => event.type === type),
  );
  return told.find((event) => event.type === type)?.payload ?? {};
}

async function expectGivenUp(client: Client, webhook: SubscriptionView, reason: string): Promise<void> {
  const deliveries = await expectStates(client, webhook, { acknowledged: TAKEN, dead: LEFT });
  const dead = deliveries.filter(({ state }) => state === "dead");
  expect(dead.map(({ state_reason }) => state_reason)).toEqual(dead.map(() => reason));
  const { json } = await client.send<{ pending: object; leased: object; dead: object }>(
    "GET",
    `/v1/subscriptions/${webhook.id}/stats`,
  );
  const none = { count: 0, more: false };
  expect(json).toMatchObject({ pending: none, leased: none, dead: { count: LEFT, more: false } });
}

/** How deliveries stand in the list of all and in the lists of each state. */
async function expectStates(
  client: Client,
  webhook: SubscriptionView,
  counts: Readonly<Record<string, number>>,
): Promise<readonly DeliveryView[]> {
  const deliveries = await readDeliveries(client, webhook);
  expect(countStates(deliveries)).toEqual(counts);
  for (const state of ["pending", "leased", "acknowledged", "dead", "cancelled"]) {
    const listed = await readDeliveries(client, webhook, `&state=${state}`);
    const expected = counts[state] ?? 0;
    expect([state, countStates(listed)]).toEqual([state, expected === 0 ? {} : { [state]: expected }]);
  }
  return deliveries;
}

/** What a subscription that is over is asked for. */
async function refusesAll(
  client: Client,
  { id }: SubscriptionView,
  refusal: readonly [number, string],
): Promise<void> {
  const calls: readonly (readonly [string, string, object?])[] = [
    ["POST", `/v1/subscriptions/${id}/pause`],
    ["POST", `/v1/subscriptions/${id}/resume`],
    ["PATCH", `/v1/subscriptions/${id}`, { filter: null }],
    ["POST", "/v1/deliveries/redrive", { subscription_id: id }],
    ["POST", "/v1/deliveries/redrive", { subscription_id: id, dry_run: true }],
  ];
  for (const [method, path, body] of calls) {
    const { status, json } = await client.send<Problem>(method, path, { body });
    expect([method, path, status, json.code]).toEqual([method, path, ...refusal]);
  }
}

async function mainOf(client: Client): Promise<string | undefined> {
  const all = await readAll<SubscriptionView>(client, "/v1/subscriptions");
  return all.find(({ name }) => name === "main")?.id;
}
