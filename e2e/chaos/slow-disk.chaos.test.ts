import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readMemory } from "../harness/read-memory.ts";
import { balance, makeLedger } from "./ledger.ts";
import { openPlant, type Plant } from "./plant.ts";
import { postAtPace } from "./post-at-pace.ts";
import { post } from "./postgres/watch-nodes.ts";
import { slowDisk } from "./slow-disk.ts";

const LOAD_MS = 6_000;
const SLOW_MS = 300;
/** A group waits for the one before it, and a checkpoint now and then for more. */
const ANSWER_MS = 3_000;
/** For what needs no disk. */
const READ_MS = 500;
const MORE_MEGABYTES = 100;

describe("A disk on which each fsync of the embedded store takes 300 ms", () => {
  it("makes answers slower, and nothing else: reads are answered at once, no memory piles up, and what was accepted survives a kill", async () => {
    await using plant = await openPlant();
    const ledger = makeLedger();
    const usual = await postAtPace([plant], ledger, LOAD_MS);
    const before = (await readMemory(plant.program.pid)).nowMegabytes;
    const disk = await slowDisk([plant.program.pid], SLOW_MS);
    const reading = readDuring(plant, LOAD_MS);
    const slow = await postAtPace([plant], ledger, LOAD_MS);
    const slowestReadMs = await reading;
    const after = (await readMemory(plant.program.pid)).nowMegabytes;
    console.log({ usual, slow, slowestReadMs, held: disk.held(), before, after });
    const underWay = Promise.allSettled(Array.from({ length: 10 }, () => post(plant, ledger)));
    await delay(SLOW_MS);
    await plant.program.kill();
    await disk[Symbol.asyncDispose]();
    await underWay;
    await plant.program.start();
    expect(disk.held()).toBeGreaterThan(LOAD_MS / SLOW_MS / 2);
    expect(slow.statuses).toEqual([201]);
    expect(slow.accepted).toBeGreaterThan(0.8 * usual.accepted);
    expect(slow.slowestMs).toBeGreaterThan(SLOW_MS);
    expect(slow.slowestMs).toBeLessThan(ANSWER_MS);
    expect(slowestReadMs).toBeLessThan(READ_MS);
    expect(after - before).toBeLessThan(MORE_MEGABYTES);
    expect(await balance(plant.client, ledger)).toEqual({ lost: 0, changed: 0, doubled: 0 });
  });
});

/** Reads again and again; gives the longest wait for an answer, in ms. */
async function readDuring({ client }: Plant, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let slowestMs = 0;
  while (performance.now() < until) {
    const began = performance.now();
    expect((await client.send("GET", "/v1/events?limit=10")).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - began);
  }
  return Math.round(slowestMs);
}
