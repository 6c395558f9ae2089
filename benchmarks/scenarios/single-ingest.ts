import { againstBare, pairedFigures } from "../against-bare.ts";
import type { Bench } from "../bench.ts";
import { atLeast, atMost, type Figure, medianFigure } from "../figure.ts";
import { inTurn, latenciesOf, type Round } from "../in-turn.ts";
import { bareTarget, measureLoad, ONE_EVENT_BODY, singlePosts, type Target } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../summary.ts";

export const singleIngest: Scenario = {
  number: 2,
  title: "Single events, sealed (the default)",
  method:
    "`POST /v1/events` with one event of about 350 bytes, 64 connections, all checks on, SQLite with synchronous=FULL. Then open loops at half of the throughput that was measured, in turn with the bare handler.",
  async run(bench) {
    const server = await bench.startServer();
    const paired = await againstBare(bench, ({ seconds }) =>
      measureLoad(bench, server, singlePosts(server, { until: { seconds } })),
    );
    const half = median(paired.subject.map(({ perSecond }) => perSecond)) / 2;
    return [
      ...pairedFigures(paired, { unit: "events/s", goal: atLeast(0.5) }),
      ...(await halfLoadFigures(bench, server, half)),
      await memoryFigure(server.pid),
    ];
  },
};

async function halfLoadFigures(bench: Bench, server: Target, perSecond: number): Promise<readonly Figure[]> {
  const post = (target: Target) => (round: Round) => {
    const until = { seconds: round.seconds };
    return measureLoad(bench, target, singlePosts(target, { until, perSecond, body: ONE_EVENT_BODY }));
  };
  const { reference, subject } = await inTurn(bench, post(bareTarget(bench)), post(server));
  return [
    medianFigure("p50 at half load", latenciesOf(subject, "p50"), { unit: "ms" }),
    medianFigure("p99 at half load", latenciesOf(subject, "p99"), { unit: "ms", goal: atMost(25) }),
    medianFigure("p99 of the bare handler at that rate", latenciesOf(reference, "p99"), { unit: "ms" }),
  ];
}
