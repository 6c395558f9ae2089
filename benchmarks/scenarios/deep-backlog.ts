import { setTimeout as wait } from "node:timers/promises";
import { expectStatus } from "../../e2e/harness/calls.ts";
import { connect } from "../../e2e/harness/client.ts";
import { readMemory } from "../../e2e/harness/read-memory.ts";
import type { Program } from "../../e2e/harness/start-program.ts";
import type { Bench } from "../bench.ts";
import { atMost, type Figure, figure, medianFigure } from "../figure.ts";
import { fillInbox } from "../fill-inbox.ts";
import { IDLE_MEGABYTES, memoryFigure } from "../memory-figure.ts";
import { runConsumers } from "../run-consumers.ts";
import type { Scenario } from "../scenario.ts";

const IDLE_MS = 3_000;
const LIMIT = 100;

export const deepBacklog: Scenario = {
  number: 6,
  title: "Starts, memory, and 1,000,000 waiting deliveries",
  method:
    "Starts on empty folders, until `/readyz` answers 200. Then 1,000,000 events in batches of 1,000; leases of 100 by one consumer; kill -9 and a start on what is there, with the file cache warm.",
  async run(bench) {
    const { progress } = bench;
    const server = await bench.startServer();
    progress.step("    idle, and starts on empty folders");
    const empty = [...(await idleFigures(server)), ...(await emptyStartFigures(bench))];
    progress.step("    filling the inbox");
    const filledPerSecond = await fillInbox(server, bench.pick(1_000_000, 20_000), progress);
    progress.step("    leases");
    const leases = await leaseFigures(bench, server);
    const most = await memoryFigure(server.pid);
    progress.step("    start after kill -9");
    return [
      ...empty,
      figure("filling, batches of 1,000", filledPerSecond, { unit: "events/s" }),
      ...leases,
      most,
      ...(await killedFigures(server)),
    ];
  },
};

async function idleFigures(server: Program): Promise<readonly Figure[]> {
  await wait(IDLE_MS);
  const { nowMegabytes } = await readMemory(server.pid);
  return [figure("RSS idle, empty", nowMegabytes, { unit: "MB", goal: atMost(IDLE_MEGABYTES) })];
}

async function emptyStartFigures(bench: Bench): Promise<readonly Figure[]> {
  const seconds: number[] = [];
  while (seconds.length < bench.pick(5, 1)) {
    const began = performance.now();
    const server = await bench.startServer();
    await isReady(server);
    seconds.push((performance.now() - began) / 1_000);
    await server.stop();
  }
  return [medianFigure("start, empty", seconds, { unit: "s", goal: atMost(1) })];
}

async function leaseFigures(bench: Bench, { url, key }: Program): Promise<readonly Figure[]> {
  const leases = bench.pick(400, 20);
  const { leaseLatency, deliveries } = await runConsumers({
    ...{ url, key, consumers: 1, limit: LIMIT, leases },
    ...{ acknowledges: false, seconds: 120 },
  });
  if (deliveries !== leases * LIMIT) throw new Error(`${leases} leases gave only ${deliveries} deliveries.`);
  const { p50, p95, p99 } = leaseLatency;
  return [
    figure("lease of 100, p50", p50, { unit: "ms" }),
    figure("lease of 100, p95", p95, { unit: "ms", goal: atMost(20) }),
    figure("lease of 100, p99", p99, { unit: "ms" }),
  ];
}

async function killedFigures(server: Program): Promise<readonly Figure[]> {
  await server.kill();
  const began = performance.now();
  await server.start();
  await isReady(server);
  const seconds = (performance.now() - began) / 1_000;
  await wait(IDLE_MS);
  const { nowMegabytes } = await readMemory(server.pid);
  return [
    figure("start after kill -9", seconds, { unit: "s", goal: atMost(5) }),
    figure("RSS idle, after that start", nowMegabytes, { unit: "MB", goal: atMost(IDLE_MEGABYTES) }),
  ];
}

async function isReady(server: Program): Promise<void> {
  using client = connect(server, null, 1);
  expectStatus(await client.send("GET", "/readyz"), 200);
}
