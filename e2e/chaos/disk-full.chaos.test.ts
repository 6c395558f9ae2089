import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectStatus } from "../harness/calls.ts";
import type { Problem } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { chooseSeed, makeRandom } from "../harness/random.ts";
import { consume, drain } from "./consume.ts";
import { balance, type Ledger, makeLedger } from "./ledger.ts";
import { openLoopDisk } from "./loop-disk.ts";
import { makeBallast } from "./make-ballast.ts";
import { openPlant, type Plant } from "./plant.ts";
import { produce } from "./produce.ts";

const ROUNDS = 2;
const PRODUCERS = 2;
const DRAIN_MS = 60_000;
const REFUSES_MS = 20_000;
const BACK_MS = 10_000;

describe("A full disk under the embedded store", () => {
  it("makes it refuse what it cannot write with storage_full, read on, and go on by itself when there is room: nothing is lost", async () => {
    const random = makeRandom(chooseSeed("disk full"));
    await using disk = await openLoopDisk();
    const ballast = makeBallast(disk.path);
    await using plant = await openPlant({ dataDir: join(disk.path, "data") });
    const ledger = makeLedger();
    const fork = () => makeRandom(random.whole(0, 2 ** 31));
    const load = Promise.all([
      ...Array.from({ length: PRODUCERS }, () => produce(plant, ledger, fork())),
      consume(plant, ledger, fork()),
    ]);
    for (let round = 0; round < ROUNDS; round += 1) {
      await ledger.whenAccepted(ledger.accepted.size + random.whole(200, 600));
      await ballast.fill();
      await whenAnswered(plant, ledger, 503);
      await expectFull(plant, ledger);
      await ballast.drop();
      const began = performance.now();
      await whenAnswered(plant, ledger, 201);
      await whenReady(plant);
      console.log({ accepted: ledger.accepted.size, backMs: Math.round(performance.now() - began) });
    }
    plant.endLoad();
    await load;
    expect(ledger.faults.slice(0, 20)).toEqual([]);
    expect(await balance(plant.client, ledger)).toEqual({ lost: 0, changed: 0, doubled: 0 });
    await drain(plant, ledger, DRAIN_MS);
    expect([...ledger.accepted.keys()].filter((id) => !ledger.consumed.has(id))).toEqual([]);
  });
});

async function whenAnswered(plant: Plant, ledger: Ledger, status: 201 | 503): Promise<void> {
  await eventually(
    () => post(plant, ledger),
    (seen) => seen.status === status,
    status === 503 ? REFUSES_MS : BACK_MS,
  );
}

async function whenReady({ client }: Plant): Promise<void> {
  await eventually(
    async () => (await client.send("GET", "/readyz")).status,
    (status) => status === 200,
    BACK_MS,
  );
}

/** Every write says why it is refused; whoever reads is served. */
async function expectFull(plant: Plant, ledger: Ledger): Promise<void> {
  const { client } = plant;
  for (let time = 0; time < 20; time += 1) {
    const { status, code } = await post(plant, ledger);
    expect([status, code]).toEqual([503, "storage_full"]);
  }
  const ready = await client.send<Problem>("GET", "/readyz");
  expect(expectStatus(ready, 503).code).toBe("storage_full");
  const [id = ""] = ledger.accepted.keys();
  for (const path of ["/v1/events?limit=100", "/v1/inbox", `/v1/events/${id}`, "/v1/subscriptions"])
    expectStatus(await client.send("GET", path), 200);
  const payload = await client.send("GET", `/v1/events/${id}/payload`);
  expect(payload.bytes.toString()).toBe(ledger.accepted.get(id));
}

async function post({ client }: Plant, ledger: Ledger) {
  const payload = ledger.nextPayload(4_000);
  const body = `{"payload":${payload}}`;
  const { status, json } = await client.send<{ event_id: string; code?: string }>("POST", "/v1/events", {
    body,
  });
  if (status === 201) ledger.noteAccepted(json.event_id, payload);
  return { status, code: json.code };
}
