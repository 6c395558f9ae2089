import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectStatus } from "../harness/calls.ts";
import type { BatchAnswer, Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type Endpoint, openReceiver } from "../harness/open-receiver.ts";
import { chooseSeed, makeRandom } from "../harness/random.ts";
import { postEvents, readDeliveries, type SubscriptionView, subscribe } from "../harness/webhooks.ts";
import { openPlant, type Plant } from "./plant.ts";
import { STORES } from "./stores.ts";

const STORED = 20_000;
/** The live load: so many events in one post, so long between two. */
const LIVE_BATCH = 5;
const LIVE_EVERY_MS = 20;
const IN_FLIGHT = 50;
/** The job is taken over 30 s after the kill, the endpoint within 12 s. */
const CATCH_UP_MS = 150_000;

describe.each(STORES)("A back-fill over 20,000 events ($name)", ({ env }) => {
  it("gives each event once, old and new alike, though the process is killed in the middle and events come in all the while", async () => {
    const random = makeRandom(chooseSeed("back-fill kill"));
    await using receiver = await openReceiver({ answerMs: () => 0 });
    await using plant = await openPlant({ env: { ...env, TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" } });
    const { client, program } = plant;
    const stored = await postEvents(client, makeEvents(STORED));
    const live: string[] = [];
    const load = keepPosting(plant, live);

    const endpoint = receiver.addEndpoint("earliest");
    const inbox = await createInbox(client);
    const webhook = await createWebhook(client, endpoint);
    const wanted = random.whole(1_000, 8_000);
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
    for (const one of [inbox, webhook])
      expect((await readDeliveries(client, one)).map(({ event_id }) => event_id).sort()).toEqual(all);
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

/** Posts until the load ends; what a kill leaves without an answer is sent again under its key. */
async function keepPosting(plant: Plant, ids: string[]): Promise<void> {
  const events = makeEvents(LIVE_BATCH);
  while (!plant.isOver) {
    const headers = { "idempotency-key": randomUUID() };
    const answer = await plant.insist<BatchAnswer>("POST", "/v1/events/batch", { body: { events }, headers });
    if (answer === null) return;
    ids.push(...expectStatus(answer, 200).results.map(({ event_id }) => event_id));
    await delay(LIVE_EVERY_MS);
  }
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
