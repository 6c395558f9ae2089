import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectStatus, lease, postEvent, settle } from "../harness/calls.ts";
import type { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import { type DeliveryView, readAll } from "../harness/webhooks.ts";
import { openPlant, type Plant } from "./plant.ts";
import { storesUnderTest } from "./stores.ts";

/** On DynamoDB Local the whole takes four minutes: fewer there, unless `CHAOS_FAN_OUT=5000` says so. */
const SUBSCRIPTIONS = 5_000;
const SUBSCRIPTIONS_ON_AWS = 1_500;
/** One of so many is ordered. */
const ORDERED_EACH = 100;
/** A kill that came too early or too late is tried again with another event. */
const TRIES = 10;
/** Plans that a crash left are looked for every 10 s. */
const EXPAND_MS = 90_000;
const LOOK_EACH_MS = 500;
/** On a store that nodes share each new subscription has a back-fill, one after the other, which ends when its start is past. */
const CATCH_UP_MS = 600_000;
const TEST_MS = 1_200_000;

const CASES = storesUnderTest("sqlite,postgres,aws").map(({ name, open }) => {
  const fewest = name === "aws" ? SUBSCRIPTIONS_ON_AWS : SUBSCRIPTIONS;
  return { name, open, subscriptions: Number(process.env.CHAOS_FAN_OUT ?? fewest) };
});

describe.each(CASES)("An event for $subscriptions subscriptions ($name)", { timeout: TEST_MS }, (one) => {
  it("has one delivery for each, though the process was killed between them; the next event of its key waits behind it", async () => {
    const random = makeRandom(chooseSeed("fan-out kill"));
    await using store = await one.open();
    await using plant = await openPlant({ env: store.env });
    const scene = { plant, subscriptions: one.subscriptions };
    const names = await subscribeAll(scene);
    const posted: Pair[] = [];
    let halves = 0;
    for (let attempt = 0; attempt < TRIES && halves === 0; attempt += 1) {
      const pair = await postPair(plant.client, attempt);
      posted.push(pair);
      const made = await killAmid(scene, pair, random);
      if (made > 0 && made < scene.subscriptions) halves = made;
      await whenExpanded(scene, pair);
    }
    console.log({ kills: posted.length, deliveriesAtTheKill: halves });
    expect(halves).toBeGreaterThan(0);

    await forEach(names.free, (name) => expectEachOnce(plant.client, name, posted));
    await forEach(names.ordered, (name) => expectInOrder(plant.client, name, posted));
  });
});

interface InboxView {
  readonly id: string;
  readonly catching_up: boolean;
}

interface Scene {
  readonly plant: Plant;
  readonly subscriptions: number;
}

/** Two events of one ordering key, of which no other has it. */
interface Pair {
  readonly first: string;
  readonly second: string;
}

async function postPair(client: Client, attempt: number): Promise<Pair> {
  const event = { payload: { attempt }, ordering_key: `key-${attempt}` };
  const first = await postEvent(client, event);
  const second = await postEvent(client, event);
  return { first: first.event_id, second: second.event_id };
}

/** Kills the process when some deliveries of the first event exist, and starts it again; gives how many exist then. */
async function killAmid({ plant, subscriptions }: Scene, { first }: Pair, random: Random): Promise<number> {
  const { client, program } = plant;
  const wanted = random.whole(1, Math.floor(subscriptions / 5));
  await eventually(
    async () => (await readPage(client, first, wanted)).length,
    (count) => count >= wanted,
  );
  await program.kill();
  await program.start();
  return (await readDeliveriesOf(client, first)).length;
}

/** Waits until no back-fill brings what the plan is to bring. */
async function subscribeAll({ plant: { client }, subscriptions }: Scene) {
  const names = Array.from({ length: subscriptions }, (_, index) => `inbox-${index}`);
  const ordered = new Set(names.filter((_, index) => index % ORDERED_EACH === 0));
  const behind: string[] = [];
  await forEach(names, async (name) => {
    const body = { name, channel: "inbox", ordered: ordered.has(name) };
    const made = expectStatus(await client.send<InboxView>("POST", "/v1/subscriptions", { body }), 201);
    if (made.catching_up) behind.push(made.id);
  });
  for (const id of behind) await whenCaughtUp(client, id);
  return { free: names.filter((name) => !ordered.has(name)), ordered: [...ordered] };
}

async function whenCaughtUp(client: Client, id: string): Promise<void> {
  const read = () => client.send<InboxView>("GET", `/v1/subscriptions/${id}`);
  await eventually(
    async () => expectStatus(await read(), 200).catching_up,
    (isBehind) => !isBehind,
    CATCH_UP_MS,
  );
}

async function readPage(client: Client, eventId: string, limit: number): Promise<readonly DeliveryView[]> {
  const path = `/v1/events/${eventId}/deliveries?limit=${limit}`;
  return expectStatus(await client.send<{ data: readonly DeliveryView[] }>("GET", path), 200).data;
}

function readDeliveriesOf(client: Client, eventId: string): Promise<DeliveryView[]> {
  return readAll<DeliveryView>(client, `/v1/events/${eventId}/deliveries`);
}

/** Waits until every subscription has its delivery of both events, and none a second; the later event has none before the earlier one has all. */
async function whenExpanded(
  { plant: { client }, subscriptions }: Scene,
  { first, second }: Pair,
): Promise<void> {
  const count = async () => {
    // On a slow store the count itself is work.
    await delay(LOOK_EACH_MS);
    const later = (await readDeliveriesOf(client, second)).length;
    const earlier = (await readDeliveriesOf(client, first)).length;
    if (later > 0) expect(earlier).toBe(subscriptions);
    return { earlier, later };
  };
  await eventually(count, ({ later }) => later >= subscriptions, EXPAND_MS);
  for (const eventId of [first, second]) {
    const deliveries = await readDeliveriesOf(client, eventId);
    expect(deliveries.length).toBe(subscriptions);
    expect(new Set(deliveries.map(({ subscription_id }) => subscription_id)).size).toBe(subscriptions);
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(subscriptions);
  }
}

async function expectEachOnce(client: Client, inbox: string, posted: readonly Pair[]): Promise<void> {
  const leased = await lease(client, { limit: 1_000 }, inbox);
  const ids = posted.flatMap(({ first, second }) => [first, second]);
  expect(leased.map(({ event }) => event.id).sort()).toEqual(ids.sort());
}

/** The first of each key goes out alone; when it is acknowledged, the second. */
async function expectInOrder(client: Client, inbox: string, posted: readonly Pair[]): Promise<void> {
  for (const which of ["first", "second"] as const) {
    const leased = await lease(client, { limit: 1_000 }, inbox);
    expect(leased.map(({ event }) => event.id).sort()).toEqual(posted.map((pair) => pair[which]).sort());
    await settle(client, "ack", leased);
  }
  expect(await lease(client, { limit: 1_000 }, inbox)).toEqual([]);
}

/** As many at once as there are connections. */
async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const work = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await run(item);
  };
  await Promise.all(Array.from({ length: 64 }, work));
}
