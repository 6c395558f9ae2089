import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type CliServer, openServer } from "../cli/open-server.ts";
import { type CliRun, jsonLines, startCli } from "../cli/start-cli.ts";
import { readFeed } from "../harness/calls.ts";
import { connect } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { chooseSeed, makeRandom } from "../harness/random.ts";

const EVENTS = Number(process.env.CHAOS_BATCH_EVENTS ?? 100_000);
const KILLS = 3;
const SETTINGS = { TRIGGERS_RATE_LIMIT: "1000000" };

interface Summary {
  readonly created: number;
  readonly replayed: number;
  readonly failed: number;
  readonly complete: boolean;
}

describe(`\`triggers send --batch\` of ${EVENTS} events`, () => {
  it(`goes on over ${KILLS} kills of the server in the middle and stores each event once`, async () => {
    const random = makeRandom(chooseSeed("batch, server killed"));
    await using server = await openServer(SETTINGS);
    const run = startCli({ env: server.env }, "send", "--batch", await writeBatch(server), "--json");
    let passed = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      passed += random.whole(1_000, EVENTS / KILLS - 1_000);
      await whenTold(run, passed);
      // Before or after a commit whose answer is lost with it.
      await delay(random.whole(0, 100));
      await server.program.kill();
      await server.program.start();
    }
    expect((await run.exited).code).toBe(0);
    expect(run.stderr()).toContain("the server is away");
    expect(run.stderr()).toContain("the server is back");
    const { created, replayed, failed } = summaryOf(run);
    // What a killed server had stored without answering is met again, as replayed.
    expect({ all: created + replayed, failed }).toEqual({ all: EVENTS, failed: 0 });
    await expectEachOnce(server);
    console.log(`${created} stored, ${replayed} were there already, ${KILLS} kills of the server`);
  });

  it(`tells what was there already when it was killed ${KILLS} times itself and is run again`, async () => {
    const random = makeRandom(chooseSeed("batch, client killed"));
    await using server = await openServer(SETTINGS);
    const file = await writeBatch(server);
    const start = () => startCli({ env: server.env }, "send", "--batch", file, "--json");
    let told = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const run = start();
      told += random.whole(1_000, EVENTS / KILLS - 1_000);
      await whenTold(run, told);
      run.kill("SIGKILL");
      expect((await run.exited).signal).toBe("SIGKILL");
      // The server may still store what it was sent.
      told = Math.max(told, wholeLines(run).length);
    }
    const last = start();
    expect((await last.exited).code).toBe(0);
    const { created, replayed, failed } = summaryOf(last);
    expect({ all: created + replayed, failed }).toEqual({ all: EVENTS, failed: 0 });
    expect(replayed).toBeGreaterThanOrEqual(told);
    await expectEachOnce(server);
    console.log(
      `last run: ${created} stored, ${replayed} were there already, after ${KILLS} kills of the client`,
    );
  });

  it("that gave up on a server which stayed away sends the rest when it is run again", async () => {
    const random = makeRandom(chooseSeed("batch, server away"));
    await using server = await openServer(SETTINGS);
    const file = await writeBatch(server);
    const start = () => startCli({ env: server.env }, "send", "--batch", file, "--json", "--patience", "1");
    const first = start();
    await whenTold(first, random.whole(1_000, EVENTS - 10_000));
    await server.program.kill();
    expect((await first.exited).code).toBe(1);
    expect(first.stderr()).toContain("No server answers at");
    expect(first.stderr()).toContain("sends the rest and stores nothing twice");
    const before = summaryOf(first);
    expect(before.complete).toBe(false);
    await server.program.start();
    const second = start();
    expect((await second.exited).code).toBe(0);
    const after = summaryOf(second);
    expect(after.created + after.replayed).toBe(EVENTS);
    expect(after.replayed).toBeGreaterThanOrEqual(before.created);
    await expectEachOnce(server);
  });
});

async function writeBatch({ folder }: CliServer): Promise<string> {
  const path = join(folder, "events.ndjson");
  const file = createWriteStream(path);
  for (let n = 0; n < EVENTS; n += 1) {
    const isRoom = file.write(`{"type":"import.row","payload":{"n":${n},"text":"row of an import"}}\n`);
    if (!isRoom) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
  return path;
}

function wholeLines(run: CliRun): readonly string[] {
  return run.stdout().split("\n").slice(0, -1);
}

/** Resolves when the command has told of so many events. */
async function whenTold(run: CliRun, count: number): Promise<void> {
  await eventually(
    () => wholeLines(run).length,
    (told) => told >= count,
    120_000,
  );
}

function summaryOf(run: CliRun): Summary {
  return jsonLines<Summary>(run.stdout()).at(-1) as Summary;
}

async function expectEachOnce({ program }: CliServer): Promise<void> {
  using client = connect(program, program.key);
  // By id: the feed may show an event again.
  const seen = new Map<unknown, Set<string>>();
  for (const { id, payload } of await readFeed(client))
    seen.set(payload.n, (seen.get(payload.n) ?? new Set()).add(id));
  const twice = [...seen].filter(([, ids]) => ids.size > 1);
  const missing = Array.from({ length: EVENTS }, (_, n) => n).filter((n) => !seen.has(n));
  expect({ twice: twice.length, missing: missing.slice(0, 5), all: seen.size }).toEqual({
    ...{ twice: 0, missing: [], all: EVENTS },
  });
}
