import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { chooseSeed, makeRandom } from "../harness/random.ts";
import { consume, drain } from "./consume.ts";
import { balance, makeLedger } from "./ledger.ts";
import { openPlant, type Plant } from "./plant.ts";
import { produce } from "./produce.ts";

const ENDS = Number(process.env.CHAOS_CYCLES ?? 15);
const PRODUCERS = 4;
const CONSUMERS = 2;
const DRAIN_MS = 60_000;
const PRELOAD = fileURLToPath(new URL("./end-writer.ts", import.meta.url));

describe("When the thread that writes to SQLite ends by itself", () => {
  it(`the program is not ready, says so in its log, and goes on with another: nothing is lost in ${ENDS} ends`, async () => {
    const random = makeRandom(chooseSeed("writer end"));
    await using plant = await openPlant({ nodeArgs: ["--import", PRELOAD] });
    const ledger = makeLedger();
    const fork = () => makeRandom(random.whole(0, 2 ** 31));
    const load = Promise.all([
      ...Array.from({ length: PRODUCERS }, () => produce(plant, ledger, fork())),
      ...Array.from({ length: CONSUMERS }, () => consume(plant, ledger, fork())),
    ]);
    for (let end = 0; end < ENDS; end += 1) {
      await ledger.whenAccepted(ledger.accepted.size + random.whole(1, 600));
      await delay(random.whole(0, 20));
      process.kill(plant.program.pid, "SIGUSR2");
      await whenReadiness(plant, 503);
      await whenReadiness(plant, 200);
    }
    plant.endLoad();
    await load;
    await drain(plant, ledger, DRAIN_MS);

    expect(ledger.faults.slice(0, 20)).toEqual([]);
    expect(await balance(plant.client, ledger)).toEqual({ lost: 0, changed: 0, doubled: 0 });
    expect([...ledger.accepted.keys()].filter((id) => !ledger.consumed.has(id))).toEqual([]);
    expect(plant.program.output()).toContain("the thread that writes ended with exit code 1");
    console.log(`${ledger.accepted.size} events accepted, ${ENDS} ends`);
  });
});

async function whenReadiness({ client }: Plant, status: number): Promise<void> {
  await eventually(
    async () => (await client.send("GET", "/readyz")).status,
    (seen) => seen === status,
  );
}
