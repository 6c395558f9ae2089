import { againstBare, pairedFigures } from "../against-bare.ts";
import type { Bench } from "../bench.ts";
import { atLeast, atMost, type Figure, figure } from "../figure.ts";
import {
  bareTarget,
  type Measured,
  measureLoad,
  ONE_EVENT_BODY,
  singlePosts,
  type Target,
} from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../summary.ts";

export const singleIngest: Scenario = {
  number: 2,
  title: "Single events, sealed (the default)",
  method:
    "`POST /v1/events` with one event of about 350 bytes, 64 connections, all checks on, SQLite with synchronous=FULL. Then an open loop at half of the throughput that was measured.",
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
  const measure = (target: Target): Promise<Measured> => {
    const until = { seconds: bench.pick(10, 1) };
    return measureLoad(bench, target, singlePosts(target, { until, perSecond, body: ONE_EVENT_BODY }));
  };
  const bare = await measure(bareTarget(bench));
  const subject = await measure(server);
  const p99 = ({ latency }: Measured) => latency?.p99 ?? Number.NaN;
  return [
    figure("p50 at half load", subject.latency?.p50 ?? Number.NaN, { unit: "ms" }),
    figure("p99 at half load", p99(subject), { unit: "ms", goal: atMost(25) }),
    figure("p99 of the bare handler at that rate", p99(bare), { unit: "ms" }),
  ];
}
