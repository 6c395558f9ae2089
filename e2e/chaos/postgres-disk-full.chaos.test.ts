import { chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectStatus } from "../harness/calls.ts";
import type { Problem } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { chooseSeed, makeRandom } from "../harness/random.ts";
import { consume, drain } from "./consume.ts";
import { balance, type Ledger, makeLedger } from "./ledger.ts";
import { type LoopDisk, openLoopDisk } from "./loop-disk.ts";
import { type Ballast, makeBallast } from "./postgres/fill-disk.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import { type Fleet, openFleet } from "./postgres/open-fleet.ts";
import { post, whenReadiness, whenServing } from "./postgres/watch-nodes.ts";
import { produce } from "./produce.ts";

const NODES = 2;
const PRODUCERS = 4;
const DRAIN_MS = 60_000;
const REFUSES_MS = 60_000;
const BACK_MS = 5_000;
/** Small, so that little has to be written until a disk is full. */
const SETTINGS = { shared_buffers: "16MB", max_wal_size: "64MB", min_wal_size: "32MB" };

describe("A full disk under PostgreSQL", () => {
  it("that holds the tables: storage_full for what is new, reads go on, and all goes on when there is room", async () => {
    await using disk = await openDisk();
    const ballast = makeBallast(disk.path);
    const place = { parent: disk.path, isLogElsewhere: true } as const;
    await using postgres = await openDurablePostgres({ ...place, settings: SETTINGS });
    await using scene = await openScene(postgres, "tables on a full disk");
    const { fleet, ledger } = scene;
    await ledger.whenAccepted(300);
    await ballast.fill();
    await whenRefused(fleet, ledger, "storage_full");
    expect(await postgres.isAnswering()).toBe(true);
    await expectReads(fleet, ledger);
    await ballast.drop();
    await expectBack(scene);
  });

  it("that holds its log, so that it stops: storage_unavailable, and all goes on when it was started again", async () => {
    await using disk = await openDisk();
    const ballast = makeBallast(disk.path);
    await using postgres = await openDurablePostgres({ parent: disk.path, settings: SETTINGS });
    await using scene = await openScene(postgres, "log on a full disk");
    const { fleet, ledger } = scene;
    await ledger.whenAccepted(300);
    await fillLog(postgres, ballast);
    await whenRefused(fleet, ledger, "storage_unavailable");
    await whenReadiness(fleet, 503, REFUSES_MS);
    await ballast.drop();
    await postgres.stop();
    await postgres.start();
    await expectBack(scene);
  });
});

/** A disk whose folders the user of PostgreSQL may enter. */
async function openDisk(): Promise<LoopDisk> {
  const disk = await openLoopDisk();
  for (const folder of [dirname(disk.path), disk.path]) await chmod(folder, 0o711);
  return disk;
}

interface Scene extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly load: Promise<unknown>;
}

/** Two nodes under load. */
async function openScene(postgres: DurablePostgres, name: string): Promise<Scene> {
  const random = makeRandom(chooseSeed(name));
  const fleet = await openFleet({ urls: Array.from({ length: NODES }, () => postgres.url) });
  const ledger = makeLedger();
  const fork = () => makeRandom(random.whole(0, 2 ** 31));
  const load = Promise.all(
    fleet.plants.flatMap((plant) => [
      ...Array.from({ length: PRODUCERS }, () => produce(plant, ledger, fork())),
      consume(plant, ledger, fork()),
    ]),
  );
  return { fleet, ledger, load, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
}

/** Keeps the disk full and the log growing until the server is gone. */
async function fillLog(postgres: DurablePostgres, ballast: Ballast): Promise<void> {
  await ballast.fill();
  await eventually(
    async () => {
      // Each takes a segment of 16 MB more.
      await postgres.ask("SELECT pg_switch_wal()").catch(() => undefined);
      await postgres.ask("SELECT pg_logical_emit_message(false, 'fill', 'x')").catch(() => undefined);
      await ballast.fill();
      return postgres.isAnswering();
    },
    (isAnswering) => !isAnswering,
    REFUSES_MS,
  );
}

async function whenRefused({ plants }: Fleet, ledger: Ledger, code: string): Promise<void> {
  for (const { client } of plants)
    await eventually(
      async () => {
        const payload = ledger.nextPayload(8_000);
        const body = `{"payload":${payload}}`;
        const { status, json } = await client.send<{ event_id: string } & Problem>("POST", "/v1/events", {
          body,
        });
        if (status === 201) ledger.noteAccepted(json.event_id, payload);
        return json.code;
      },
      (seen) => seen === code,
      REFUSES_MS,
    );
}

async function expectReads({ plants }: Fleet, ledger: Ledger): Promise<void> {
  const [id = ""] = ledger.accepted.keys();
  for (const { client } of plants) {
    for (const path of ["/v1/events?limit=100", "/v1/inbox", `/v1/events/${id}`])
      expectStatus(await client.send("GET", path), 200);
    const payload = await client.send("GET", `/v1/events/${id}/payload`);
    expect(payload.bytes.toString()).toBe(ledger.accepted.get(id));
  }
}

async function expectBack({ fleet, ledger, load }: Scene): Promise<void> {
  const servingMs = await whenServing(fleet, ledger, BACK_MS);
  const readyMs = await whenReadiness(fleet, 200, BACK_MS);
  await delay(1_000);
  fleet.endLoad();
  await load;
  const [first] = fleet.plants;
  if (first === undefined) throw new Error("There is no node.");
  await drain(first, ledger, DRAIN_MS);
  console.log({
    ...{ accepted: ledger.accepted.size, servingMs, readyMs, slowest: fleet.watch.slowestRefusal },
    ...Object.fromEntries(fleet.watch.counts),
  });
  expect(await post(first, ledger)).toBe(201);
  expect(fleet.watch.faults.slice(0, 20)).toEqual([]);
  expect(ledger.faults.slice(0, 20)).toEqual([]);
  expect(await balance(first.client, ledger)).toEqual({ lost: 0, changed: 0, doubled: 0 });
}
