import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openStream } from "../harness/open-stream.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import { consume, drain } from "./consume.ts";
import { balance, type Ledger, makeLedger } from "./ledger.ts";
import { openPlant, type Plant } from "./plant.ts";
import { produce } from "./produce.ts";

const CYCLES = Number(process.env.CHAOS_CYCLES ?? 25);
const STOPS = 4;
const PRODUCERS = 6;
const CONSUMERS = 3;
const DRAIN_MS = 60_000;
const NOTHING_AMISS = { lost: 0, changed: 0, doubled: 0 };

describe("What was acknowledged", () => {
  it(`outlives ${CYCLES} kills at random moments: none lost, changed, doubled, or handed out after its end`, async () => {
    const random = makeRandom(chooseSeed("ledger"));
    await using plant = await openPlant();
    const ledger = makeLedger();
    const load = startLoad(plant, ledger, random);
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      await ledger.whenAccepted(ledger.accepted.size + random.whole(1, 600));
      await delay(random.whole(0, 20));
      await plant.goDown(async () => {
        await plant.program.kill();
        if (random.chance(0.3)) await killWhileStarting(plant, random);
        await plant.program.start();
      });
    }
    await finish(plant, ledger, load);
    console.log(`${ledger.accepted.size} events accepted, ${ledger.consumed.size} consumed, ${CYCLES} kills`);
  });

  it("outlives SIGTERM under load, which ends the program within 10 s", async () => {
    const random = makeRandom(chooseSeed("graceful stop"));
    await using plant = await openPlant();
    const ledger = makeLedger();
    const load = startLoad(plant, ledger, random);
    for (let stop = 0; stop < STOPS; stop += 1) {
      await ledger.whenAccepted(ledger.accepted.size + random.whole(500, 1_500));
      const { url, key } = plant.program;
      const stream = await openStream({ url, key, lastEventId: null, onEvent: () => undefined });
      const waiting = plant.try("POST", "/v1/inbox/lease?inbox=main", {
        body: { limit: 1, wait_seconds: 60 },
      });
      await plant.goDown(async () => {
        const { code, stopMs } = await plant.program.stop();
        expect(code).toBe(0);
        expect(stopMs).toBeLessThan(10_000);
        await stream.ended;
        await waiting;
        await plant.program.start();
      });
    }
    await finish(plant, ledger, load);
  });
});

function startLoad(plant: Plant, ledger: Ledger, random: Random): Promise<unknown> {
  const fork = () => makeRandom(random.whole(0, 2 ** 31));
  return Promise.all([
    ...Array.from({ length: PRODUCERS }, () => produce(plant, ledger, fork())),
    ...Array.from({ length: CONSUMERS }, () => consume(plant, ledger, fork())),
  ]);
}

/** The fault comes at a random time, not at an event: there is none to wait for before the program listens. */
async function killWhileStarting(plant: Plant, random: Random): Promise<void> {
  plant.program.spawn();
  await delay(random.whole(0, 700));
  await plant.program.kill();
}

async function finish(plant: Plant, ledger: Ledger, load: Promise<unknown>): Promise<void> {
  plant.endLoad();
  await load;
  expect(ledger.faults.slice(0, 20)).toEqual([]);
  expect(await balance(plant.client, ledger)).toEqual(NOTHING_AMISS);
  await drain(plant, ledger, DRAIN_MS);
  const left = [...ledger.accepted.keys()].filter((id) => !ledger.consumed.has(id));
  expect({ left: left.length, some: left.slice(0, 5) }).toEqual({ left: 0, some: [] });
  expect(ledger.faults.slice(0, 20)).toEqual([]);
}
