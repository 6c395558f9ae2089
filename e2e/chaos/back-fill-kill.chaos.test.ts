import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectStatus } from "../harness/calls.ts";
import type { BatchAnswer, Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type Endpoint, openReceiver } from "../harness/open-receiver.ts";
import { chooseSeed, makeRandom } from "../harness/random.ts";
import { readDeliveries, type SubscriptionView, subscribe } from "../harness/webhooks.ts";
import { openPlant, type Plant } from "./plant.ts";
import { storesUnderTest } from "./stores.ts";

/** In one post: what a slow store takes within the time of a commit. */
const BATCH = 100;
/** Events in one post of the live load. */
const LIVE_BATCH = 5;
const IN_FLIGHT = 50;
/** The job is taken over 30 s after the kill, the endpoint within 12 s. */
const CATCH_UP_MS = 150_000;

/** How many are stored before, and how long the live load waits between two posts. DynamoDB Local takes some hundred events a second. */
const LOADS = { stored: 20_000, liveEveryMs: 20 };
const LOADS_ON_AWS = { stored: 2_000, liveEveryMs: 500 };

const CASES = storesUnderTest("sqlite").map(({ name, open }) => ({
  ...{ name, open },
  ...(name === "aws" ? LOADS_ON_AWS : LOADS),
}));

describe.each(CASES)("A back-fill over $stored events ($name)", { timeout: 3 * CATCH_UP_MS }, (one) => {
  it("gives each event once, old and new alike, though the process is killed in the middle and events come in all the while", async () => {
    const random = makeRandom(chooseSeed("back-fill kill"));
    await using receiver = await openReceiver({ answerMs: () => 0 });
    await using store = await one.open();
    await using plant = await openPlant({ env: { ...store.env, TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" } });
    const { client, program } = plant;
    const stored = await postAll(plant, one.stored);
    const live: string[] = [];
    const load = keepPosting(plant, live, one.liveEveryMs);

    const endpoint = receiver.addEndpoint("earliest");
    const inbox = await createInbox(client);
    const webhook = await createWebhook(client, endpoint);
    const wanted = random.whole(one.stored / 20, one.stored / 2.5);
    await eventually(
      () => countPending(client, inbox),
      (count) => count >= wanted,
    );
    await plant.goDown(async () => {
      await program.kill();
      await program.start();
    });
    for (const { id } of [inbox, webhook]) expect(await isCatchingUp(client, id)).toBe(true);
    const halfway = (await readDeliveries(client, inbox)).length;

    for (const { id } of [inbox, webhook])
      await eventually(
        () => isCatchingUp(client, id),
        (isBehind) => !isBehind,
        CATCH_UP_MS,
      );
    plant.endLoad();
    await load;
    const all = [...stored, ...live].sort();
    await eventually(
      () => new Set(endpoint.arrivals.map(({ eventId }) => eventId)).size,
      (count) => count >= all.length,
      CATCH_UP_MS,
    );
    for (const view of [inbox, webhook])
      expect((await readDeliveries(client, view)).map(({ event_id }) => event_id).sort()).toEqual(all);
    const came = new Map(endpoint.arrivals.map(({ deliveryId, eventId }) => [deliveryId, eventId]));
    expect([...came.values()].sort()).toEqual(all);
    expect(receiver.faults).toEqual([]);
    const repeated = receiver.count() - came.size;
    console.log({ stored: stored.length, live: live.length, filledAtTheKill: halfway, repeated });
  });
});

function makeEvents(count: number): readonly object[] {
  return Array.from({ length: count }, (_, n) => ({ type: "order.created", payload: { n } }));
}

async function postAll(plant: Plant, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.push(...(await postBatch(plant, BATCH)));
  return ids;
}

/** Posts until the load ends. */
async function keepPosting(plant: Plant, ids: string[], everyMs: number): Promise<void> {
  while (!plant.isOver) {
    ids.push(...(await postBatch(plant, LIVE_BATCH)));
    await delay(everyMs);
  }
}

/** What a kill leaves without an answer is sent again under its key. Gives the ids; none once the plant is closed. */
async function postBatch(plant: Plant, count: number): Promise<readonly string[]> {
  const sent = { body: { events: makeEvents(count) }, headers: { "idempotency-key": randomUUID() } };
  const answer = await plant.insist<BatchAnswer>("POST", "/v1/events/batch", sent);
  return answer === null ? [] : expectStatus(answer, 200).results.map(({ event_id }) => event_id);
}

async function createInbox(client: Client): Promise<SubscriptionView> {
  const body = { name: "earliest", channel: "inbox", start_from: "earliest" };
  return expectStatus(await client.send<SubscriptionView>("POST", "/v1/subscriptions", { body }), 201);
}

function createWebhook(client: Client, { url, secret }: Endpoint): Promise<SubscriptionView> {
  return subscribe(client, url, { webhook: { max_in_flight: IN_FLIGHT }, secret, start_from: "earliest" });
}

async function countPending(client: Client, { id }: SubscriptionView): Promise<number> {
  const answer = await client.send<{ pending: { count: number } }>("GET", `/v1/subscriptions/${id}/stats`);
  return expectStatus(answer, 200).pending.count;
}

async function isCatchingUp(client: Client, id: string): Promise<boolean> {
  const answer = await client.send<{ catching_up: boolean }>("GET", `/v1/subscriptions/${id}`);
  return expectStatus(answer, 200).catching_up;
}
