import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openClient } from "../../packages/server/src/store/postgres/testing/open-client.ts";
import { readMemory } from "../harness/read-memory.ts";
import { type Ledger, makeLedger } from "./ledger.ts";
import { type PacedLoad, postAtPace } from "./post-at-pace.ts";
import { expectNothingAmiss } from "./postgres/load-fleet.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import { type Fleet, openFleet } from "./postgres/open-fleet.ts";
import { whenServing } from "./postgres/watch-nodes.ts";
import { processesBeside, type SlowDisk, slowDisk } from "./slow-disk.ts";

const NODES = 2;
const LOAD_MS = 6_000;
/** At each node: more than it has connections. */
const CONSUMERS = 16;
const SLOW_MS = 300;
const STUCK_MS = 3_000;
/** An answer comes within 2 s; the rest is for this machine, on which everything else runs too. Whoever waited twice would take 3.5 s. */
const ANSWER_MS = 3_000;
const BACK_MS = 10_000;
const MORE_MEGABYTES = 100;

let postgres: DurablePostgres;
let fleet: Fleet;
let ledger: Ledger;

beforeAll(async () => {
  postgres = await openDurablePostgres();
  fleet = await openFleet({ urls: Array.from({ length: NODES }, () => postgres.url) });
  ledger = makeLedger();
  await load(1_000);
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

describe("A disk on which each fsync of PostgreSQL takes 300 ms", () => {
  it("makes groups larger and answers slower: hardly anything is refused, nothing lost, and no memory piles up", async () => {
    const usual = await load(LOAD_MS);
    const before = await memories();
    await using disk = await slowDown(SLOW_MS);
    const slow = await load(LOAD_MS);
    const after = await memories();
    console.log({ usual, slow, held: disk.held(), before, after });
    expect(disk.held()).toBeGreaterThan(NODES);
    expect(slow.statuses.filter((status) => status !== 503)).toEqual([201]);
    expect(slow.accepted).toBeGreaterThan(0.7 * usual.accepted);
    expect(slow.slowestMs).toBeLessThan(ANSWER_MS);
    expect(slow.slowestMs).toBeGreaterThan(SLOW_MS);
    expect(slow.perGroup).toBeGreaterThan(2 * usual.perGroup);
    for (const [node, megabytes] of after.entries())
      expect(megabytes - (before[node] ?? 0)).toBeLessThan(MORE_MEGABYTES);
    await expectSound();
  });
});

describe("A disk on which each fsync of PostgreSQL takes 3 s", () => {
  it("is told as unavailable within 2 s, again and again, and all goes on as soon as it is fast again", async () => {
    const stuck = await (async () => {
      await using _disk = await slowDown(STUCK_MS);
      const [loaded] = await Promise.all([load(2 * LOAD_MS), leaseFor(2 * LOAD_MS)]);
      return loaded;
    })();
    const servingMs = await whenServing(fleet, ledger, BACK_MS);
    const usual = await load(1_000);
    const { slowestRefusal } = fleet.watch;
    console.log({ stuck, slowestRefusal, servingMs, usual });
    expect(stuck.statuses.filter((status) => status !== 201)).toEqual([503]);
    expect(stuck.slowestMs).toBeLessThan(ANSWER_MS);
    expect(slowestRefusal.ms).toBeLessThan(ANSWER_MS);
    expect([...fleet.watch.counts.keys()].filter((name) => name.startsWith("503"))).toEqual([
      "503 storage_unavailable",
    ]);
    expect(usual.statuses).toEqual([201]);
    await expectSound();
  });
});

/** `perGroup`: events that were committed together, on average. */
async function load(ms: number): Promise<PacedLoad & { readonly perGroup: number }> {
  const groupsBefore = await countGroups();
  const paced = await postAtPace(fleet.plants, ledger, ms);
  return { ...paced, perGroup: paced.accepted / ((await countGroups()) - groupsBefore) };
}

/** Consumers at each node lease, which writes, and list what waits, which does not. */
async function leaseFor(ms: number): Promise<void> {
  const until = performance.now() + ms;
  const consumers = fleet.plants.flatMap((plant) =>
    Array.from({ length: CONSUMERS }, async () => {
      while (performance.now() < until) {
        await plant.try("GET", "/v1/inbox?limit=5");
        await plant.try("POST", "/v1/inbox/lease", { body: { limit: 5, lease_seconds: 1 } });
      }
    }),
  );
  await Promise.all(consumers);
}

async function countGroups(): Promise<number> {
  const client = await openClient(postgres.url);
  try {
    const { rows } = await client.query<{ groups: number }>(
      "SELECT count(DISTINCT xid)::int AS groups FROM events",
    );
    return rows[0]?.groups ?? 0;
  } finally {
    await client.end();
  }
}

async function slowDown(ms: number): Promise<SlowDisk> {
  const [one] = await postgres.ask<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'",
  );
  return await slowDisk(await processesBeside(one?.pid ?? 0), ms);
}

const memories = () =>
  Promise.all(fleet.plants.map(async ({ program }) => (await readMemory(program.pid)).nowMegabytes));

async function expectSound(): Promise<void> {
  const [node] = fleet.plants;
  if (node === undefined) throw new Error("There is no node.");
  await expectNothingAmiss({ fleet, ledger, load: Promise.resolve() }, node);
}
