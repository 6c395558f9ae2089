import { againstBare, pairedFigures } from "../against-bare.ts";
import { atLeast, type Figure, medianFigure } from "../figure.ts";
import { inTurn, type Paired, perSeconds, type Round, ratiosOf } from "../in-turn.ts";
import { bareTarget, measureLoad, singlePosts, type Target } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import { openPostgres } from "../open-postgres.ts";
import { openChild } from "../processes/open-child.ts";
import type { Scenario } from "../scenario.ts";

export const postgresIngest: Scenario = {
  number: 11,
  title: "Single events on PostgreSQL, sealed",
  method:
    "As scenario 2 on PostgreSQL 18 with fsync and synchronous_commit, on the same machine and the same two cores. In turn with it, both as Fastify handlers that check nothing, over a pool of ten connections: the same rows, " +
    "a sealed event and its delivery in the same tables, stored by each request for itself with one statement; and one INSERT of the payload alone, as it came, into a table of two columns.",
  async run(bench) {
    await using postgres = await openPostgres();
    const server = await bench.startServer(postgres.env);
    const post = (target: Target) => (round: Round) =>
      measureLoad(bench, target, singlePosts(target, { until: { seconds: round.seconds } }));
    const paired = await againstBare(bench, post(server));
    const beside = async (script: string, ...args: readonly string[]) => {
      await using handler = openChild<null, string>(script, args);
      const target = { ...bareTarget(bench), url: await handler.ask(null), pid: handler.pid };
      return await inTurn(bench, post(target), post(server));
    };
    const settings = JSON.stringify(postgres.env);
    const rows = await beside("./ungrouped-server.ts", postgres.url, settings);
    const payloads = await beside("./insert-server.ts", postgres.url);
    return [
      ...pairedFigures(paired, { unit: "events/s", goal: atLeast(0.35) }),
      ...timesFigures(rows, "the same rows"),
      ...timesFigures(payloads, "the payload alone"),
      await memoryFigure(server.pid),
    ];
  },
};

/** Of the server and a handler that makes one INSERT per request. */
function timesFigures(paired: Paired, what: string): readonly Figure[] {
  return [
    medianFigure(`one INSERT per request, ${what}`, perSeconds(paired.reference), { unit: "events/s" }),
    medianFigure(`throughput / one INSERT, ${what}`, ratiosOf(paired), {
      ...{ unit: "×", goal: atLeast(2) },
    }),
  ];
}
