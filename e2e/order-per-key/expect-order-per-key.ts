import { expect } from "vitest";
import { expectStatus, lease, postEvent, settle } from "../harness/calls.ts";
import type { Client, Leased, Page } from "../harness/client.ts";
import { makeRandom, type Random } from "../harness/random.ts";

const INBOX = "in-order";

/** An ordered inbox that skips the dead, and who posts and consumes while it fills. */
export interface OrderWish {
  readonly keys: number;
  readonly eventsPerKey: number;
  readonly consumers: number;
  readonly random: Random;
}

/** What the consumers saw together. */
interface Sight {
  /** Per key the last position that was acknowledged or buried. */
  readonly settledUpTo: Map<string, number>;
  /** Keys that somebody holds; the lease lasts at least until then (monotonic ms). */
  readonly held: Map<string, { readonly position: number; readonly until: number }>;
  readonly faults: string[];
  readonly wanted: number;
  settled: number;
  buried: number;
  mostHeldAtOnce: number;
}

/**
 * Posts each key in order, all keys at once, while consumers lease, let leases expire, release, bury and acknowledge by chance. Fails unless each key was handed out in the order of
 * its posts, one event at a time, keys in parallel, and nothing is left over.
 */
export async function expectOrderPerKey(client: Client, wish: OrderWish): Promise<void> {
  const { keys, eventsPerKey, consumers, random } = wish;
  const inbox = { name: INBOX, channel: "inbox", ordered: true, on_dead: "skip" };
  expectStatus(await client.send("POST", "/v1/subscriptions", { body: inbox }), 201);

  const names = Array.from({ length: keys }, (_, index) => `key-${index}`);
  const sight = makeSight(names, keys * eventsPerKey);
  const posting = names.map((key) => postInOrder(client, key, eventsPerKey));
  const consuming = Array.from({ length: consumers }, () =>
    consume(client, makeRandom(random.whole(0, 2 ** 31)), sight),
  );
  await Promise.all([...posting, ...consuming]);

  expect(sight.faults).toEqual([]);
  expect(sight.settled).toBe(sight.wanted);
  expect(sight.buried).toBeGreaterThan(0);
  expect(sight.mostHeldAtOnce).toBeGreaterThan(consumers / 2);
  const waiting = await client.send<Page<unknown>>("GET", `/v1/inbox?inbox=${INBOX}`);
  expect(expectStatus(waiting, 200).data).toEqual([]);
  expect(await countDead(client)).toBe(sight.buried);
}

function makeSight(keys: readonly string[], wanted: number): Sight {
  return {
    settledUpTo: new Map(keys.map((key) => [key, -1])),
    held: new Map(),
    faults: [],
    wanted,
    ...{ settled: 0, buried: 0, mostHeldAtOnce: 0 },
  };
}

async function postInOrder(client: Client, key: string, count: number): Promise<void> {
  for (let position = 0; position < count; position += 1) {
    await postEvent(client, { payload: { key, position }, ordering_key: key });
  }
}

async function consume(client: Client, random: Random, sight: Sight): Promise<void> {
  while (sight.settled < sight.wanted) {
    const leaseSeconds = random.chance(0.03) ? 1 : 30;
    const began = performance.now();
    const wish = { limit: random.whole(1, 8), lease_seconds: leaseSeconds, wait_seconds: 1 };
    const leased = await lease(client, wish, INBOX);
    // The lease began after the request for it, so that it ends no earlier than this.
    for (const one of leased) note(sight, one, began + leaseSeconds * 1_000);
    sight.mostHeldAtOnce = Math.max(sight.mostHeldAtOnce, sight.held.size);
    // A short lease is left to expire; another consumer takes it over.
    if (leaseSeconds === 1) continue;
    await Promise.all(leased.map((one) => handle(client, random, { one, sight })));
  }
}

function note(sight: Sight, { event }: Leased, until: number): void {
  const { key, position } = event.payload as { key: string; position: number };
  const before = sight.settledUpTo.get(key) ?? Number.NaN;
  const holder = sight.held.get(key);
  if (position !== before + 1) sight.faults.push(`${key}: ${position} came after ${before}`);
  if (holder !== undefined && performance.now() < holder.until)
    sight.faults.push(`${key}: ${position} came while ${holder.position} was held`);
  sight.held.set(key, { position, until });
}

async function handle(
  client: Client,
  random: Random,
  { one, sight }: { one: Leased; sight: Sight },
): Promise<void> {
  const { key, position } = one.event.payload as { key: string; position: number };
  const dice = random.number();
  // Free before the answer can be known: another consumer may get the next one while this answer travels.
  sight.held.delete(key);
  if (dice < 0.1) {
    const outcomes = await settle(client, "release", [{ ...one, delay_seconds: random.chance(0.2) ? 1 : 0 }]);
    if (outcomes[0] !== "released") sight.faults.push(`${key}: release of ${position} gave ${outcomes[0]}`);
    return;
  }
  const verb = dice < 0.15 ? "bury" : "ack";
  sight.settledUpTo.set(key, position);
  sight.settled += 1;
  if (verb === "bury") sight.buried += 1;
  const [outcome] = await settle(client, verb, [one]);
  if (outcome !== (verb === "bury" ? "buried" : "acknowledged"))
    sight.faults.push(`${key}: ${verb} of ${position} gave ${outcome}`);
}

async function countDead(client: Client): Promise<number> {
  let count = 0;
  for (let cursor = ""; ; ) {
    const page = await client.send<Page<unknown>>("GET", `/v1/events?status=dead&limit=1000${cursor}`);
    const { data, next_cursor } = expectStatus(page, 200);
    count += data.length;
    if (next_cursor === null) return count;
    cursor = `&cursor=${next_cursor}`;
  }
}
