import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { expectStatus, lease, settle } from "../harness/calls.ts";
import { type Accepted, type Client, connect, type Page } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { runCli } from "../harness/run-cli.ts";
import { type Program, prepareProgram } from "../harness/start-program.ts";
import { openTempFolder } from "../harness/temp-folder.ts";
import { readDeliveries } from "../harness/webhooks.ts";
import { openPlant } from "./plant.ts";
import { type CopyRun, copyUntil } from "./postgres/copy-until.ts";
import { countPostgres, countSqlite } from "./postgres/count-rows.ts";
import { type Filled, fillSource } from "./postgres/fill-source.ts";
import { openDurablePostgres } from "./postgres/open-durable-postgres.ts";

const EVENTS = Number(process.env.CHAOS_EVENTS ?? 20_000);
const TEST_MS = 120_000 + 10 * EVENTS;
/** Plans that nobody expanded are looked for in rounds. */
const WIDE_MS = 120_000;

describe("A copy from SQLite to PostgreSQL", () => {
  it(`of ${EVENTS} events and all that hangs on them is whole at its third run, after two kills; until then nobody can serve it`, {
    timeout: TEST_MS,
  }, async () => {
    await using folder = await openTempFolder();
    await using postgres = await openDurablePostgres();
    const shared = {
      TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64"),
      TRIGGERS_BOOTSTRAP_API_KEY: `e2e-${randomBytes(24).toString("hex")}`,
      TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
      TRIGGERS_RATE_LIMIT: "0",
    };
    const dataDir = `${folder.path}/data`;
    const filled = await fill(dataDir, shared);
    const there = countSqlite(dataDir);
    expect(Number(there.plans?.[0]?.split(" ")[0])).toBeGreaterThan(0);

    const onPostgres = { ...shared, TRIGGERS_STORE: postgres.url };
    await using program = await prepareProgram({ env: onPostgres });
    const copy = { env: program.env, from: `sqlite:${dataDir}`, to: postgres.url };
    const half = (kind: string) => (seen: { kind: string; done: number; total: number }) =>
      seen.kind === kind && seen.done > seen.total / 2;
    const runs: CopyRun[] = [];
    for (const kind of ["events", "deliveries"]) {
      const killed = await copyUntil(copy, half(kind));
      expect(killed).toMatchObject({ signal: "SIGKILL", last: { step: "copy", kind }, errors: "" });
      runs.push(killed);
      const { code, output } = await program.startToFail();
      expect(code).toBe(1);
      expect(output).toContain("was not finished");
    }
    const last = await copyUntil(copy, () => false);
    expect(last).toMatchObject({ code: 0, errors: "", last: { step: "check" } });

    expect(await countPostgres(postgres.url)).toEqual(there);
    expect(await check(program, postgres.url)).toEqual(await check(program, `sqlite:${dataDir}`));
    await program.start();
    await expectServed(program, filled);
    const seconds = [...runs, last].map(({ tookMs }) => Math.round(tookMs / 1_000));
    console.log({
      events: filled.eventIds.length + filled.wideIds.length,
      secondsOfRuns: seconds,
      steps: last.steps,
      there,
    });
  });
});

async function fill(dataDir: string, env: Readonly<Record<string, string>>): Promise<Filled> {
  await using plant = await openPlant({ dataDir, env });
  return await fillSource(plant, EVENTS);
}

/** What the program's own check says: no faults, and how much there is. */
async function check(program: Program, store: string): Promise<Readonly<Record<string, number>>> {
  const said = JSON.parse(await runCli(program, "store", "check", "--store", store, "--json"));
  expect(said.faults).toEqual([]);
  // Two of the copy itself.
  return { ...said.counts, settings: 0 };
}

/** What was begun on SQLite goes on: leases, keys, retries, order and plans. */
async function expectServed(program: Program, { held, keyed, webhook, wideIds }: Filled): Promise<void> {
  using client = connect(program, program.key);
  expect(new Set(await settle(client, "ack", held))).toEqual(new Set(["acknowledged"]));
  const headers = { "idempotency-key": keyed.key };
  const again = await client.send<Accepted>("POST", "/v1/events", { body: keyed.body, headers });
  expect(expectStatus(again, 200).event_id).toBe(keyed.eventId);
  const payload = await client.send("GET", `/v1/events/${keyed.eventId}/payload`);
  expect(payload.bytes.toString()).toBe('{"n":0,"pad":""}');
  const retried = (await readDeliveries(client, webhook)).filter(({ state }) => state === "pending");
  expect(retried.length).toBeGreaterThan(0);
  await expectOrder(client);
  await expectWide(client, wideIds);
}

/** Each lane that is free goes on, one at a time, and never back. */
async function expectOrder(client: Client): Promise<void> {
  const next = new Map<string, number>();
  for (let round = 0; round < 3; round += 1) {
    const leased = await lease(client, { limit: 1_000 }, "in-order");
    expect(leased.length).toBeGreaterThan(0);
    for (const { event } of leased) {
      const n = Number(event.payload.n);
      expect(n).toBeGreaterThan(next.get(event.ordering_key ?? "") ?? -1);
      next.set(event.ordering_key ?? "", n);
    }
    await settle(client, "ack", leased);
  }
}

async function expectWide(client: Client, wideIds: readonly string[]): Promise<void> {
  for (const inbox of ["wide-0", "wide-44"]) {
    const waiting = await eventually(
      async () => {
        const page = await client.send<Page<{ event: { id: string } }>>(
          "GET",
          `/v1/inbox?inbox=${inbox}&limit=1000`,
        );
        return expectStatus(page, 200).data.map(({ event }) => event.id);
      },
      (ids) => ids.length === wideIds.length,
      WIDE_MS,
    );
    expect(waiting.toSorted()).toEqual(wideIds.toSorted());
  }
}
