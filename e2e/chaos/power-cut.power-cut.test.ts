import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { expectStatus } from "../harness/calls.ts";
import type { Accepted } from "../harness/client.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import { type Balance, balance, type Ledger, makeLedger } from "./ledger.ts";
import { openLoopDisk } from "./loop-disk.ts";
import { openPlant, type Plant } from "./plant.ts";
import { produce } from "./produce.ts";

const ROUNDS = Number(process.env.POWER_CUTS ?? 10);
const PRODUCERS = 8;
const EVENTS_BEFORE = 300;
const CALLS_TO_A_DEAD_DISK = [
  ["POST", "/v1/events", { payload: {} }],
  ["POST", "/v1/events", { payload: {}, ordering_key: "k" }],
  ["POST", "/v1/events/batch", { events: [{ payload: {} }, { payload: {} }] }],
  ["POST", "/v1/inbox/lease", { limit: 10 }],
  ["POST", "/v1/subscriptions", { name: "n", channel: "inbox" }],
  ["GET", "/readyz", null],
] as const;
const WEAK_SYNC = fileURLToPath(new URL("weak-sync.ts", import.meta.url));

describe("A power cut", () => {
  it(`takes nothing that was acknowledged, in ${ROUNDS} rounds`, async () => {
    const random = makeRandom(chooseSeed("power cut"));
    const { balances, accepted } = await cutPower({ random, rounds: ROUNDS, nodeArgs: [] });
    console.log(`${accepted} events accepted, ${ROUNDS} power cuts`);
    expect(balances).toEqual(balances.map(() => ({ lost: 0, changed: 0, doubled: 0 })));
    expect(balances).toHaveLength(ROUNDS);
  });

  it("takes acknowledged events when the store syncs less: this test can fail", async () => {
    const random = makeRandom(chooseSeed("power cut with weak sync"));
    const { balances, output } = await cutPower({ random, rounds: 2, nodeArgs: ["--import", WEAK_SYNC] });
    expect(output).toContain("weak sync is in force");
    expect(balances.some(({ lost }) => lost > 0)).toBe(true);
  });
});

describe("A disk that dies under the running program", () => {
  it("makes it refuse everything with 503 and say that it is not ready, and takes nothing that was acknowledged", async () => {
    await using disk = await openLoopDisk();
    await using plant = await openPlant({ dataDir: join(disk.path, "data") });
    const ledger = makeLedger();
    const { client, program } = plant;
    for (let count = 0; count < EVENTS_BEFORE; count += 1) await post(plant, ledger);
    await disk.cut();

    const refused = await Promise.all(
      CALLS_TO_A_DEAD_DISK.map(([method, path, body]) =>
        client.send(method, path, body === null ? {} : { body }),
      ),
    );
    for (const [index, { status, headers }] of refused.entries())
      expect([CALLS_TO_A_DEAD_DISK[index]?.[1], status, headers["retry-after"]]).toEqual([
        ...[CALLS_TO_A_DEAD_DISK[index]?.[1], 503, expect.stringMatching(/^[1-9]\d*$/)],
      ]);
    expectStatus(await client.send("GET", "/healthz"), 200);

    await program.kill();
    await disk.remount();
    await program.start();
    expect(await balance(client, ledger)).toEqual({ lost: 0, changed: 0, doubled: 0 });
    await post(plant, ledger);
    expect(ledger.accepted.size).toBe(EVENTS_BEFORE + 1);
  });
});

async function post({ client }: Plant, ledger: Ledger): Promise<void> {
  const payload = ledger.nextPayload(500);
  const answer = await client.send<Accepted>("POST", "/v1/events", { body: `{"payload":${payload}}` });
  ledger.noteAccepted(expectStatus(answer, 201).event_id, payload);
}

interface Cuts {
  readonly random: Random;
  readonly rounds: number;
  readonly nodeArgs: readonly string[];
}

/** Load, cut, remount, start, compare: as many times as asked, on one disk. */
async function cutPower({ random, rounds, nodeArgs }: Cuts): Promise<{
  readonly balances: readonly Balance[];
  readonly accepted: number;
  readonly output: string;
}> {
  await using disk = await openLoopDisk();
  await using plant = await openPlant({ dataDir: join(disk.path, "data"), nodeArgs });
  const ledger = makeLedger();
  const balances: Balance[] = [];
  const producers = Array.from({ length: PRODUCERS }, () => makeRandom(random.whole(0, 2 ** 31)));
  const load = Promise.all(producers.map((own) => produce(plant, ledger, own)));
  for (let round = 0; round < rounds; round += 1) {
    await ledger.whenAccepted(ledger.accepted.size + random.whole(200, 1_200));
    // First the program stops where it stands, as by a power cut: what it would be told by a dead disk, it would not live to tell.
    plant.program.freeze();
    await disk.cut();
    await plant.goDown(async () => {
      await plant.program.kill();
      await disk.remount();
      await plant.program.start();
      balances.push(await balance(plant.client, ledger));
    });
  }
  plant.endLoad();
  await load;
  expect(ledger.faults.slice(0, 20)).toEqual([]);
  return { balances, accepted: ledger.accepted.size, output: plant.program.output() };
}
