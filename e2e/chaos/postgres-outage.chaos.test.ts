import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { findBrokenRows } from "../../packages/server/src/store/postgres/testing/broken-rows.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import { makeLedger } from "./ledger.ts";
import { endLoad, expectNothingAmiss, type LoadedFleet, loadFleet } from "./postgres/load-fleet.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import { openFleet } from "./postgres/open-fleet.ts";
import { openWay, type Way } from "./postgres/open-way.ts";
import { post, probeDuring, whenReadiness, whenServing } from "./postgres/watch-nodes.ts";

const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 1);
const NODES = 3;
const CALLERS = { producers: 2, consumers: 1 };
/** An answer comes within 2 s; the rest is for this machine, on which everything else runs too. Whoever waited twice would take 3.5 s. */
const ANSWER_MS = 3_000;
const SLOW_MS = 5_000;
/** Readiness is asked for in turn, and an answer may take 2 s. */
const NOT_READY_MS = 6_000;
const BACK_MS = 5_000;
const POSTS_BEHIND = 20;
const POST_EVERY_MS = 100;

interface Scene extends LoadedFleet {
  readonly postgres: DurablePostgres;
  readonly way: Way;
  readonly random: Random;
  readonly told: Told[];
}

/** What one fault did. */
interface Told {
  readonly fault: string;
  readonly notReadyMs: number | null;
  readonly slowestMs: number;
  readonly backMs: number;
}

/** What happens, and how it ends. While a database is `away` nothing can be accepted. */
interface Fault {
  readonly name: string;
  readonly isAway: boolean;
  begin(scene: Scene): unknown;
  end(scene: Scene): unknown;
}

const FAULTS: readonly Fault[] = [
  {
    name: "stopped as in a crash",
    isAway: true,
    begin: ({ postgres }) => postgres.stop(),
    end: ({ postgres }) => postgres.start(),
  },
  {
    name: "restarted at once",
    isAway: false,
    begin: async ({ postgres }) => {
      await postgres.stop();
      await postgres.start();
    },
    end: () => undefined,
  },
  {
    name: "all its connections ended again and again",
    isAway: false,
    begin: async ({ postgres, random }) => {
      for (let time = 0; time < 5; time += 1) {
        await postgres.endConnections();
        await delay(random.whole(0, 400));
      }
    },
    end: () => undefined,
  },
  {
    name: "cut off",
    isAway: true,
    begin: ({ way }) => way.set({ kind: "cut" }),
    end: ({ way }) => way.set({ kind: "open" }),
  },
  {
    name: "silent on half-open connections",
    isAway: true,
    begin: ({ way }) => way.set({ kind: "stalled" }),
    end: ({ way }) => way.set({ kind: "open" }),
  },
  {
    name: "far away: 150 ms each way",
    isAway: false,
    begin: async ({ way }) => {
      way.set({ kind: "slow", ms: 150 });
      await delay(3_000);
    },
    end: ({ way }) => way.set({ kind: "open" }),
  },
];

describe("A database that fails under the load of three nodes", () => {
  it(`is waited for, in ${ROUNDS} rounds of every fault: nothing is lost, changed or doubled, no call hangs, no node has to be started again`, async () => {
    const random = makeRandom(chooseSeed("postgres outage"));
    await using postgres = await openDurablePostgres();
    await using way = await openWay(postgres.url);
    await using fleet = await openFleet({ urls: Array.from({ length: NODES }, () => way.url) });
    const pids = fleet.plants.map(({ program }) => program.pid);
    const scene: Scene = { ...loadFleet(fleet, CALLERS, random), postgres, way, random, told: [] };
    const { ledger } = scene;
    for (let round = 0; round < ROUNDS; round += 1) for (const fault of FAULTS) await suffer(scene, fault);
    const node = await endLoad(scene);

    console.table(scene.told);
    const { slowestRefusal, counts } = fleet.watch;
    console.log({ accepted: ledger.accepted.size, slowestRefusal, ...Object.fromEntries(counts) });
    await expectNothingAmiss(scene, node);
    expect([...ledger.accepted.keys()].filter((id) => !ledger.consumed.has(id))).toEqual([]);
    expect(fleet.plants.map(({ program }) => program.pid)).toEqual(pids);
    expect(await findBrokenRows(postgres.url)).toEqual([]);
    expect(slowestRefusal.ms).toBeLessThan(ANSWER_MS);
  });
});

describe("A database that falls silent while a group of events is written", () => {
  it("keeps neither that group waiting for more than 2 s nor those that came behind it", async () => {
    await using postgres = await openDurablePostgres();
    await using way = await openWay(postgres.url);
    await using fleet = await openFleet({ urls: [way.url] });
    const ledger = makeLedger();
    await whenServing(fleet, ledger, BACK_MS);
    way.set({ kind: "stalled" });
    const waiting: Promise<number>[] = [];
    const { statuses, slowestMs } = await probeDuring(fleet, ledger, async () => {
      const [node] = fleet.plants;
      if (node === undefined) throw new Error("There is no node.");
      for (let late = 0; late < POSTS_BEHIND; late += 1) {
        waiting.push(timed(() => post(node, ledger)));
        await delay(POST_EVERY_MS);
      }
    });
    const slowest = Math.max(slowestMs, ...(await Promise.all(waiting)));
    way.set({ kind: "open" });
    expect(statuses).toEqual(new Set([503]));
    console.log({ slowestMs: Math.round(slowest) });
    expect(slowest).toBeLessThan(ANSWER_MS);
    expect(await whenServing(fleet, ledger, BACK_MS)).toBeLessThan(BACK_MS);
  });
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function suffer(scene: Scene, { name, isAway, begin, end }: Fault): Promise<void> {
  const { fleet, ledger, random, told } = scene;
  await ledger.whenAccepted(ledger.accepted.size + random.whole(100, 400));
  let notReadyMs: number | null = null;
  const { statuses, slowestMs } = await probeDuring(fleet, ledger, async () => {
    await begin(scene);
    if (!isAway) return;
    notReadyMs = Math.round(await whenReadiness(fleet, 503, NOT_READY_MS));
    await delay(random.whole(0, 2_000));
  });
  await end(scene);
  const backMs = Math.max(
    await whenServing(fleet, ledger, BACK_MS),
    await whenReadiness(fleet, 200, BACK_MS),
  );
  told.push({ fault: name, notReadyMs, slowestMs: Math.round(slowestMs), backMs: Math.round(backMs) });
  expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([]);
  if (isAway) expect(statuses).toContain(503);
  // Where the database still answers, slowly, an event may be accepted later than a refusal would come.
  expect(slowestMs).toBeLessThan(isAway ? ANSWER_MS : SLOW_MS);
}
