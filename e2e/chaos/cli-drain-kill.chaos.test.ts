import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type CliServer, openServer } from "../cli/open-server.ts";
import { type CliRun, jsonLines, startCli } from "../cli/start-cli.ts";
import { expectStatus, readFeed } from "../harness/calls.ts";
import { type BatchAnswer, connect, type EventView } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { chooseSeed, makeRandom } from "../harness/random.ts";

const EVENTS = 4_000;
const KILLS = 3;
const LEASE_SECONDS = 5;

interface Tally {
  readonly acknowledged: number;
  readonly released: number;
  readonly lost: number;
  readonly unsettled: number;
}

describe(`\`triggers inbox drain\` of ${EVENTS} events`, () => {
  it(`loses none over ${KILLS} kills of the server, and repeats only what was not acknowledged`, async () => {
    const random = makeRandom(chooseSeed("drain, server killed"));
    await using server = await openServer({ TRIGGERS_RATE_LIMIT: "1000000" });
    await sendEvents(server);
    const run = startDrain(server);
    let passed = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      passed += random.whole(100, EVENTS / KILLS - 300);
      await whenWritten(run, passed);
      // Before or after a commit whose answer is lost with it.
      await delay(random.whole(0, 30));
      await server.program.kill();
      await server.program.start();
    }
    expect((await run.exited).signal).toBe(null);
    expect(run.stderr()).toContain("the server is away");
    const all = handedOver([run]);
    const tally = tallyOf(run);
    // Each line was written for a lease of its own; what became of each is in the tally.
    expect(tally.acknowledged + tally.released + tally.lost + tally.unsettled).toBe(all.lines);
    expect(all.lines - all.ids.size).toBeLessThanOrEqual(tally.lost + tally.unsettled);
    // It has waited for what a lost answer held, too.
    expect(all.ids.size).toBe(EVENTS);
    expect(tally.acknowledged).toBe(EVENTS);
    expect(await countUnsettled(server)).toBe(0);
    console.log(`${all.lines} lines for ${EVENTS} events; ${JSON.stringify(tally)}`);
  });

  it("that is killed itself and run again loses none, and repeats only what it held", async () => {
    const random = makeRandom(chooseSeed("drain, client killed"));
    await using server = await openServer({ TRIGGERS_RATE_LIMIT: "1000000" });
    await sendEvents(server);
    const run = startDrain(server);
    await whenWritten(run, random.whole(100, EVENTS - 1_000));
    run.kill("SIGKILL");
    await run.exited;
    const settled = EVENTS - (await countUnsettled(server));
    const others = await drainRest(server);
    const all = handedOver([run, ...others]);
    expect(all.ids.size).toBe(EVENTS);
    expect(all.lines - EVENTS).toBeLessThanOrEqual(handedOver([run]).lines - settled);
    expect(await countUnsettled(server)).toBe(0);
  });
});

function startDrain({ env }: CliServer): CliRun {
  return startCli({ env }, "inbox", "drain", "--json", "--lease", `${LEASE_SECONDS}s`);
}

/** Drains again until what a lost answer holds has come free and nothing is left. */
async function drainRest(server: CliServer): Promise<readonly CliRun[]> {
  const runs: CliRun[] = [];
  await eventually(
    async () => {
      const run = startDrain(server);
      await run.exited;
      runs.push(run);
      return await countUnsettled(server);
    },
    (left) => left === 0,
    60_000,
  );
  return runs;
}

async function sendEvents({ program }: CliServer): Promise<void> {
  using client = connect(program, program.key);
  for (let from = 0; from < EVENTS; from += 1_000) {
    const events = Array.from({ length: 1_000 }, (_, n) => ({ type: "drain.me", payload: { n: from + n } }));
    expectStatus(await client.send<BatchAnswer>("POST", "/v1/events/batch", { body: { events } }), 200);
  }
}

async function countUnsettled({ program }: CliServer): Promise<number> {
  using client = connect(program, program.key);
  const events = await readFeed(client);
  return events.filter(({ status }) => status !== "acknowledged").length;
}

async function whenWritten(run: CliRun, count: number): Promise<void> {
  await eventually(
    () => run.stdout().split("\n").length - 1,
    (lines) => lines >= count,
    60_000,
  );
}

function handedOver(runs: readonly CliRun[]): { readonly lines: number; readonly ids: ReadonlySet<string> } {
  const events = runs.flatMap((run) => {
    const whole = run.stdout();
    return jsonLines<EventView>(whole.slice(0, whole.lastIndexOf("\n") + 1));
  });
  return { lines: events.length, ids: new Set(events.map(({ id }) => id)) };
}

function tallyOf(run: CliRun): Tally {
  return JSON.parse(run.stderr().trim().split("\n").at(-1) ?? "") as Tally;
}
