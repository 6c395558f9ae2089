import { againstBare, pairedFigures, perSeconds } from "../against-bare.ts";
import { atLeast, medianFigure } from "../figure.ts";
import { bareTarget, measureLoad, singlePosts } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import { openPostgres } from "../open-postgres.ts";
import { openChild } from "../processes/open-child.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../summary.ts";

export const postgresIngest: Scenario = {
  number: 11,
  title: "Single events on PostgreSQL, sealed",
  method:
    "As scenario 2 on PostgreSQL 18 with fsync and synchronous_commit, on the same machine and the same two cores. Beside it a Fastify handler that makes one INSERT of the payload for each request, over a pool of ten connections.",
  async run(bench) {
    await using postgres = await openPostgres();
    const server = await bench.startServer(postgres.env);
    const paired = await againstBare(bench, ({ seconds }) =>
      measureLoad(bench, server, singlePosts(server, { until: { seconds } })),
    );
    await using plain = openChild<null, string>("./insert-server.ts", [postgres.url]);
    const url = await plain.ask(null);
    const target = { ...bareTarget(bench), url, pid: plain.pid };
    const inserts = await againstBare(bench, ({ seconds }) =>
      measureLoad(bench, target, singlePosts(target, { until: { seconds } })),
    );
    const byInsert = median(perSeconds(inserts.subject));
    return [
      ...pairedFigures(paired, { unit: "events/s", goal: atLeast(0.35) }),
      medianFigure("one INSERT per request", perSeconds(inserts.subject), { unit: "events/s" }),
      medianFigure(
        "throughput / one INSERT per request",
        perSeconds(paired.subject).map((perSecond) => perSecond / byInsert),
        { unit: "×", goal: atLeast(2) },
      ),
      await memoryFigure(server.pid),
    ];
  },
};
