import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectStatus } from "../harness/calls.ts";
import type { BatchAnswer } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type Arrival, type Endpoint, openReceiver, type Receiver } from "../harness/open-receiver.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import { readDeliveries, type SubscriptionView, subscribe, turn } from "../harness/webhooks.ts";
import { openPlant, type Plant } from "./plant.ts";
import { storesUnderTest } from "./stores.ts";

const KILLS = Number(process.env.CHAOS_KILLS ?? 4);
/** Each kill has one subscription that is paused and one that is deleted right before it; these two live on. */
const STEADY = 2;
const FIRST_EVENTS = 200;
const MORE_EVENTS = 20;
const IN_FLIGHT = 10;
/** A lease outlives its request's time by 15 s: what was in flight at the last kill comes again by then. */
const TIMEOUT_SECONDS = 10;
const CALM_MS = 90_000;

interface Hooked extends Endpoint {
  readonly subscription: SubscriptionView;
  /** How much had come when it was answered that it is paused, or deleted. */
  silentFrom: number;
  /** Events that had not come by then. */
  owed: number;
}

interface Scene {
  readonly plant: Plant;
  readonly receiver: Receiver;
  readonly random: Random;
  readonly steady: readonly Hooked[];
  readonly paused: readonly Hooked[];
  readonly deleted: readonly Hooked[];
  readonly eventIds: Set<string>;
  readonly kills: Kill[];
}

interface Kill {
  /** Monotonic ms: what came earlier was sent by the process that was killed. */
  readonly at: number;
  /** Deliveries that were handed out and not settled. */
  readonly inFlight: ReadonlySet<string>;
}

describe.each(storesUnderTest("sqlite"))("Push, its process killed again and again ($name)", ({ open }) => {
  it("brings everything, twice only what was in flight at a kill, nothing for the deleted and the paused", async () => {
    const random = makeRandom(chooseSeed("push kill"));
    await using receiver = await openReceiver({ answerMs: () => random.whole(2, 40) });
    await using store = await open();
    await using plant = await openPlant({ env: { ...store.env, TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" } });
    const scene = await makeScene(plant, receiver, random);
    await post(scene, FIRST_EVENTS);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await receiver.whenCounted(receiver.count() + random.whole(50, 150));
      await silence(scene, kill);
      await delay(random.whole(0, 30));
      await killAndStart(scene);
      await post(scene, MORE_EVENTS);
    }
    for (const one of scene.steady) await whenAllCame(scene, one);
    expectSilence(scene);
    for (const { subscription } of scene.paused) await turn(plant.client, subscription, "resume");
    for (const one of scene.paused) await whenAllCame(scene, one);
    for (const one of [...scene.steady, ...scene.paused]) await whenSettled(scene, one, ["acknowledged"]);
    for (const one of scene.deleted) await whenSettled(scene, one, ["acknowledged", "cancelled"]);

    expect(findUnexplained(scene)).toEqual([]);
    expect(receiver.faults).toEqual([]);
    tell(scene);
  });
});

async function makeScene(plant: Plant, receiver: Receiver, random: Random): Promise<Scene> {
  const make = async (name: string): Promise<Hooked> => {
    const endpoint = receiver.addEndpoint(name);
    const webhook = { max_in_flight: IN_FLIGHT, timeout_seconds: TIMEOUT_SECONDS };
    const wish = { name, secret: endpoint.secret, webhook };
    return {
      ...endpoint,
      subscription: await subscribe(plant.client, endpoint.url, wish),
      silentFrom: 0,
      owed: 0,
    };
  };
  const makeAll = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => make(`${name}-${index}`)));
  return {
    ...{ plant, receiver, random, eventIds: new Set(), kills: [] },
    steady: await makeAll("steady", STEADY),
    paused: await makeAll("paused", KILLS),
    deleted: await makeAll("deleted", KILLS),
  };
}

/** In batches small enough for a slow store, each of which is sent again under its key if it was refused. */
async function post({ plant, eventIds }: Scene, count: number): Promise<void> {
  const events = Array.from({ length: MORE_EVENTS }, (_, n) => ({ type: "order.created", payload: { n } }));
  for (let posted = 0; posted < count; posted += MORE_EVENTS) {
    const headers = { "idempotency-key": randomUUID() };
    const answer = await plant.insist<BatchAnswer>("POST", "/v1/events/batch", { body: { events }, headers });
    if (answer === null) return;
    for (const { event_id } of expectStatus(answer, 200).results) eventIds.add(event_id);
  }
}

/** Pauses one subscription and deletes another while both are served. */
async function silence({ plant, eventIds, ...scene }: Scene, kill: number): Promise<void> {
  const [paused, deleted] = [scene.paused[kill], scene.deleted[kill]];
  if (paused === undefined || deleted === undefined) throw new Error("There is none left for this kill.");
  const path = `/v1/subscriptions/${deleted.subscription.id}`;
  const [answer] = await Promise.all([
    plant.client.send("DELETE", path),
    turn(plant.client, paused.subscription, "pause"),
  ]);
  expectStatus(answer, 204);
  for (const one of [paused, deleted]) {
    one.silentFrom = one.arrivals.length;
    one.owed = eventIds.size - new Set(one.arrivals.map(({ eventId }) => eventId)).size;
  }
}

async function killAndStart({ plant, receiver, kills, ...scene }: Scene): Promise<void> {
  await plant.program.kill();
  await receiver.whenLeft();
  const at = performance.now();
  await plant.program.start();
  // The endpoints belong to the killed process for some seconds more, so that nothing was leased anew.
  const leased = [...scene.steady, ...scene.paused, ...scene.deleted].map(({ subscription }) =>
    readDeliveries(plant.client, subscription, "&state=leased"),
  );
  kills.push({ at, inFlight: new Set((await Promise.all(leased)).flat().map(({ id }) => id)) });
}

/** After the answer to a pause or a delete came only what had been leased before it, each in a slot of its own, and after the kill nothing. */
function expectSilence({ kills, ...scene }: Scene): void {
  for (const [index, { at }] of kills.entries())
    for (const one of [scene.paused[index], scene.deleted[index]]) {
      if (one === undefined) continue;
      const late = one.arrivals.slice(one.silentFrom);
      expect(late.length).toBeLessThanOrEqual(IN_FLIGHT);
      expect(late.filter((arrival) => arrival.at > at)).toEqual([]);
    }
  // Else their silence would show nothing.
  const owed = [...scene.paused, ...scene.deleted].reduce((sum, one) => sum + one.owed, 0);
  expect(owed).toBeGreaterThan(IN_FLIGHT);
}

async function whenAllCame({ eventIds }: Scene, { arrivals }: Hooked): Promise<void> {
  const came = () => new Set(arrivals.map(({ eventId }) => eventId));
  await eventually(
    () => eventIds.difference(came()).size,
    (missing) => missing === 0,
    CALM_MS,
  );
  expect(came()).toEqual(eventIds);
}

/** Jobs and leases that a kill left go on when their hold ends. */
async function whenSettled({ plant }: Scene, one: Hooked, states: readonly string[]): Promise<void> {
  const deliveries = await eventually(
    () => readDeliveries(plant.client, one.subscription),
    (seen) => seen.every(({ settled_at }) => settled_at !== null),
    CALM_MS,
  );
  expect(deliveries.filter(({ state }) => !states.includes(state))).toEqual([]);
}

/** Deliveries that came again though their hand-over before was not cut off by a kill. */
function findUnexplained({ kills, ...scene }: Scene): readonly Arrival[] {
  const last = new Map<string, Arrival>();
  const arrivals = [...scene.steady, ...scene.paused, ...scene.deleted].flatMap((one) => one.arrivals);
  return arrivals.filter((arrival) => {
    const before = last.get(arrival.deliveryId);
    last.set(arrival.deliveryId, arrival);
    if (before === undefined) return false;
    const kill = kills.find(({ at }) => at > before.at);
    return kill === undefined || kill.at > arrival.at || !kill.inFlight.has(arrival.deliveryId);
  });
}

function tell({ kills, eventIds, ...scene }: Scene): void {
  const arrivals = [...scene.steady, ...scene.paused, ...scene.deleted].flatMap((one) => one.arrivals);
  const deliveries = new Set(arrivals.map(({ deliveryId }) => deliveryId)).size;
  const repeated = arrivals.length - deliveries;
  const inFlight = kills.map((kill) => kill.inFlight.size);
  console.log({ events: eventIds.size, deliveries, repeated, inFlightAtKills: inFlight });
}
