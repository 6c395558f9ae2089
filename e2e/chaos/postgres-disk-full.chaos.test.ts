import { chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { expectStatus } from "../harness/calls.ts";
import type { Problem } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import type { Ledger } from "./ledger.ts";
import { type LoopDisk, openLoopDisk } from "./loop-disk.ts";
import { type Ballast, makeBallast } from "./make-ballast.ts";
import { expectBack, openLoadedFleet } from "./postgres/load-fleet.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import type { Fleet } from "./postgres/open-fleet.ts";
import { whenReadiness } from "./postgres/watch-nodes.ts";

const CALLERS = { producers: 4, consumers: 1 };
const REFUSES_MS = 60_000;
/** How long the load goes on when all is well again. */
const MORE_MS = 1_000;
/** Small, so that little has to be written until a disk is full. */
const SETTINGS = { shared_buffers: "16MB", max_wal_size: "64MB", min_wal_size: "32MB" };

describe("A full disk under PostgreSQL", () => {
  it("that holds the tables: storage_full for what is new, reads go on, and all goes on when there is room", async () => {
    await using disk = await openDisk();
    const ballast = makeBallast(disk.path);
    const place = { parent: disk.path, isLogElsewhere: true } as const;
    await using postgres = await openDurablePostgres({ ...place, settings: SETTINGS });
    await using scene = await openLoadedFleet(postgres, "tables on a full disk", CALLERS);
    const { fleet, ledger } = scene;
    await ledger.whenAccepted(300);
    await ballast.fill();
    await whenRefused(fleet, ledger, "storage_full");
    expect(await postgres.isAnswering()).toBe(true);
    await expectReads(fleet, ledger);
    await ballast.drop();
    await expectBack(scene, MORE_MS);
  });

  it("that holds its log, so that it stops: storage_unavailable, and all goes on when it was started again", async () => {
    await using disk = await openDisk();
    const ballast = makeBallast(disk.path);
    await using postgres = await openDurablePostgres({ parent: disk.path, settings: SETTINGS });
    await using scene = await openLoadedFleet(postgres, "log on a full disk", CALLERS);
    const { fleet, ledger } = scene;
    await ledger.whenAccepted(300);
    await fillLog(postgres, ballast);
    await whenRefused(fleet, ledger, "storage_unavailable");
    await whenReadiness(fleet, 503, REFUSES_MS);
    await ballast.drop();
    await postgres.stop();
    await postgres.start();
    await expectBack(scene, MORE_MS);
  });
});

/** A disk whose folders the user of PostgreSQL may enter. */
async function openDisk(): Promise<LoopDisk> {
  const disk = await openLoopDisk();
  for (const folder of [dirname(disk.path), disk.path]) await chmod(folder, 0o711);
  return disk;
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
