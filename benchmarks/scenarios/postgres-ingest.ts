import { againstBare, pairedFigures, perSeconds } from "../against-bare.ts";
import type { Bench } from "../bench.ts";
import { atLeast, type Figure, medianFigure } from "../figure.ts";
import { bareTarget, measureLoad, singlePosts } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import { type BenchPostgres, openPostgres } from "../open-postgres.ts";
import { openChild } from "../processes/open-child.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../summary.ts";

export const postgresIngest: Scenario = {
  number: 11,
  title: "Single events on PostgreSQL, sealed",
  method:
    "As scenario 2 on PostgreSQL 18 with fsync and synchronous_commit, on the same machine and the same two cores. Beside it, both as Fastify handlers that check and seal nothing, over a pool of ten connections: the same rows " +
    "(an event and its delivery) stored by each request for itself with the server's own statements, without groups; and one INSERT of the payload alone into a table of two columns.",
  async run(bench) {
    await using postgres = await openPostgres();
    const server = await bench.startServer(postgres.env);
    const paired = await againstBare(bench, ({ seconds }) =>
      measureLoad(bench, server, singlePosts(server, { until: { seconds } })),
    );
    const grouped = perSeconds(paired.subject);
    return [
      ...pairedFigures(paired, { unit: "events/s", goal: atLeast(0.35) }),
      ...(await withoutGroups(bench, postgres, grouped)),
      await memoryFigure(server.pid),
    ];
  },
};

async function withoutGroups(
  bench: Bench,
  postgres: BenchPostgres,
  grouped: readonly number[],
): Promise<readonly Figure[]> {
  const settings = JSON.stringify(postgres.env);
  const ungrouped = await measureHandler(bench, "./ungrouped-server.ts", [postgres.url, settings]);
  const payloads = await measureHandler(bench, "./insert-server.ts", [postgres.url]);
  const times = (others: readonly number[]) => grouped.map((perSecond) => perSecond / median(others));
  return [
    medianFigure("without groups", ungrouped, { unit: "events/s" }),
    medianFigure("throughput / without groups", times(ungrouped), { unit: "×" }),
    medianFigure("one INSERT per request", payloads, { unit: "events/s" }),
    medianFigure("throughput / one INSERT per request", times(payloads), { unit: "×", goal: atLeast(2) }),
  ];
}

/** Events a second, round by round. */
async function measureHandler(
  bench: Bench,
  script: string,
  args: readonly string[],
): Promise<readonly number[]> {
  await using handler = openChild<null, string>(script, args);
  const target = { ...bareTarget(bench), url: await handler.ask(null), pid: handler.pid };
  const { subject } = await againstBare(bench, ({ seconds }) =>
    measureLoad(bench, target, singlePosts(target, { until: { seconds } })),
  );
  return perSeconds(subject);
}
