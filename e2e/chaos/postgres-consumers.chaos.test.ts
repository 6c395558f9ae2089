import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, lease, postEvent, settle } from "../harness/calls.ts";
import type { Client, Leased } from "../harness/client.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import { postEvents } from "../harness/webhooks.ts";
import type { Plant } from "./plant.ts";
import { type Leases, makeLeases } from "./postgres/note-leases.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import { type Fleet, openFleet } from "./postgres/open-fleet.ts";

const NODES = 4;
const CONSUMERS = 50;
const EVENTS = Number(process.env.CHAOS_DELIVERIES ?? 3_000);
const KEYS = 25;
const EVENTS_PER_KEY = 12;
const HELD = 20;
const SHORT_SECONDS = 2;
const LONG_SECONDS = 30;
/** From the end of a lease until somebody else has it. */
const BACK_MS = 2_000;
/** The clock that tells when, and what the answer takes on a busy machine. */
const SLACK_MS = 500;

const INBOXES = [
  { name: "shared", ordered: false },
  { name: "in-order", ordered: true },
  { name: "left", ordered: false },
  { name: "stopped", ordered: false },
] as const;

let postgres: DurablePostgres;
let fleet: Fleet;

beforeAll(async () => {
  postgres = await openDurablePostgres();
  fleet = await openFleet({ urls: Array.from({ length: NODES }, () => postgres.url) });
  // An inbox for each test, which takes the events whose type is its name.
  const made = INBOXES.map((inbox) => makeInbox(inbox));
  const effectiveAt = Math.max(...(await Promise.all(made)));
  // What is accepted until then comes by the back-fill, which would hide who was late.
  await delay(Math.max(0, effectiveAt - Date.now()) + 500);
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

function nodeOf(index: number): Plant {
  const plant = fleet.plants[index % NODES];
  if (plant === undefined) throw new Error("There is no node.");
  return plant;
}

describe("Fifty consumers at four nodes", () => {
  it(`share ${EVENTS} deliveries: none is in two leases at once, all are acknowledged`, async () => {
    const random = makeRandom(chooseSeed("competing consumers"));
    const name = "shared";
    const events = Array.from({ length: EVENTS }, (_, n) => ({ type: name, payload: { n } }));
    const ids = await postEvents(nodeOf(0).client, events);
    const [leases, done] = [makeLeases(), new Set<string>()];
    const began = performance.now();
    await consumeAll(random, async (client, own) => {
      while (done.size < ids.length) await workOnce({ client, name, random: own, leases, done });
    });
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.log({ deliveries: ids.length, handOvers: leases.tokens(), seconds });
    expect(leases.findDouble().slice(0, 20)).toEqual([]);
    expect([...done].toSorted()).toEqual(ids.toSorted());
    expect(leases.tokens()).toBeGreaterThan(ids.length);
    expect(await lease(nodeOf(1).client, { limit: 10 }, name)).toEqual([]);
  });

  it("keep the order of each key in an ordered inbox, one at a time, keys in parallel", async () => {
    const random = makeRandom(chooseSeed("ordered consumers"));
    const name = "in-order";
    const posting = Array.from({ length: KEYS }, async (_, key) => {
      for (let position = 0; position < EVENTS_PER_KEY; position += 1)
        await postEvent(nodeOf(key + position).client, {
          ...{ type: name, ordering_key: `key-${key}`, payload: { key, position } },
        });
    });
    const [leases, faults, settled] = [makeLeases(), [] as string[], new Map<number, number>()];
    const count = () => [...settled.values()].reduce((sum, upTo) => sum + upTo, 0);
    await Promise.all([
      ...posting,
      consumeAll(random, async (client, own) => {
        while (count() < KEYS * EVENTS_PER_KEY && faults.length === 0) {
          const seconds = own.chance(0.03) ? 1 : LONG_SECONDS;
          const leased = await lease(client, { limit: 5, lease_seconds: seconds, wait_seconds: 1 }, name);
          for (const one of leased) {
            leases.note(one, seconds);
            const { key, position } = one.event.payload as { key: number; position: number };
            const next = settled.get(key) ?? 0;
            if (position !== next) faults.push(`${key}: ${position} came where ${next} was due`);
            // A short one is left to end.
            if (seconds === 1) continue;
            settled.set(key, position + 1);
            const [outcome] = await settle(client, "ack", [one]);
            if (outcome !== "acknowledged") faults.push(`${key}: ack of ${position} gave ${outcome}`);
          }
        }
      }),
    ]);
    expect(faults).toEqual([]);
    expect(leases.findDouble()).toEqual([]);
    expect(count()).toBe(KEYS * EVENTS_PER_KEY);
  });

  it("get what a dead consumer held within 2 s of the end of its lease", async () => {
    const lateMs = await takeOver("left");
    console.log({ slowestTakeOverMs: Math.max(...lateMs) });
    expect(lateMs).toHaveLength(HELD);
    expect(Math.max(...lateMs)).toBeLessThan(BACK_MS + SLACK_MS);
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
  });

  it("are not disturbed by a node that stood still for twice the lease: its tokens settle nothing", async () => {
    const stopped = nodeOf(NODES - 1);
    const settled: Promise<readonly string[]>[] = [];
    await takeOver("stopped", {
      untilMs: 2 * SHORT_SECONDS * 1_000,
      onLeased(held) {
        process.kill(stopped.program.pid, "SIGSTOP");
        // They wait in its sockets until it goes on.
        for (const verb of ["ack", "release", "extend"] as const)
          settled.push(settle(stopped.client, verb, verb === "extend" ? held.map(longer) : held));
      },
    });
    process.kill(stopped.program.pid, "SIGCONT");
    const outcomes = (await Promise.all(settled)).flat();
    expect(outcomes).toHaveLength(3 * HELD);
    expect(new Set(outcomes)).toEqual(new Set(["lease_lost"]));
    expect(await postEvent(stopped.client, { payload: {} })).toMatchObject({ status: "created" });
  });
});

/** Gives from when on every node matches by it. */
async function makeInbox({ name, ordered }: (typeof INBOXES)[number]): Promise<number> {
  const body = { channel: "inbox", name, ordered, filter: { type: [name] } };
  const answer = await nodeOf(0).client.send<{ effective_at: string }>("POST", "/v1/subscriptions", { body });
  return Date.parse(expectStatus(answer, 201).effective_at);
}

const longer = (held: Leased) => ({ ...held, lease_seconds: 60 });

function consumeAll(
  random: Random,
  consume: (client: Client, own: Random) => Promise<void>,
): Promise<unknown> {
  const consumers = Array.from({ length: CONSUMERS }, (_, index) =>
    consume(nodeOf(index).client, makeRandom(random.whole(0, 2 ** 31))),
  );
  return Promise.all(consumers);
}

interface Work {
  readonly client: Client;
  readonly name: string;
  readonly random: Random;
  readonly leases: Leases;
  readonly done: Set<string>;
}

/** Most is acknowledged, some is given back, some leases are left to end. */
async function workOnce({ client, name, random, leases, done }: Work): Promise<void> {
  const dice = random.number();
  const seconds = dice < 0.05 ? 1 : LONG_SECONDS;
  const wish = { limit: random.whole(1, 40), lease_seconds: seconds, wait_seconds: 1 };
  const leased = await lease(client, wish, name);
  for (const one of leased) leases.note(one, seconds);
  if (leased.length === 0 || dice < 0.05) return;
  if (dice < 0.1) {
    for (const one of leased) leases.noteGivenBack(one, Date.now());
    await settle(client, "release", leased);
    return;
  }
  const outcomes = await settle(client, "ack", leased);
  for (const [index, outcome] of outcomes.entries()) {
    const id = leased[index]?.event.id ?? "";
    if (outcome !== "acknowledged" || done.has(id)) throw new Error(`ack of ${id} gave ${outcome}`);
    done.add(id);
  }
}

interface TakeOver {
  readonly onLeased?: (held: readonly Leased[]) => void;
  /** It lasts so long at least. */
  readonly untilMs?: number;
}

/** One consumer takes all and settles nothing; the others wait and acknowledge. Gives how long after the ends of its leases they had it, in ms. */
async function takeOver(name: string, { onLeased, untilMs = 0 }: TakeOver = {}): Promise<readonly number[]> {
  const last = nodeOf(NODES - 1).client;
  const events = Array.from({ length: HELD }, (_, n) => ({ type: name, payload: { n } }));
  await postEvents(nodeOf(0).client, events);
  const held = await lease(last, { limit: HELD, lease_seconds: SHORT_SECONDS }, name);
  expect(held).toHaveLength(HELD);
  onLeased?.(held);
  const began = performance.now();
  const endOf = new Map(held.map((one) => [one.delivery_id, Date.parse(one.lease_expires_at)]));
  const lateMs: number[] = [];
  const outcomes: string[] = [];
  const waiting = Array.from({ length: CONSUMERS }, async (_, index) => {
    const { client } = nodeOf(index % (NODES - 1));
    while (lateMs.length < HELD) {
      const leased = await lease(client, { limit: 3, lease_seconds: LONG_SECONDS, wait_seconds: 5 }, name);
      for (const { delivery_id } of leased) lateMs.push(Date.now() - (endOf.get(delivery_id) ?? Number.NaN));
      if (leased.length > 0) outcomes.push(...(await settle(client, "ack", leased)));
    }
  });
  await Promise.all(waiting);
  expect(outcomes).toEqual(Array.from({ length: HELD }, () => "acknowledged"));
  await delay(Math.max(0, untilMs - (performance.now() - began)));
  return lateMs;
}
