import { againstBare, pairedFigures } from "../against-bare.ts";
import { atLeast } from "../figure.ts";
import { measureLoad, singlePosts } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import type { Scenario } from "../scenario.ts";

export const unsealedIngest: Scenario = {
  number: 3,
  title: "Single events, sealing off",
  method: "As scenario 2, with `TRIGGERS_ENCRYPTION=off`.",
  async run(bench) {
    const server = await bench.startServer({ TRIGGERS_ENCRYPTION: "off" });
    const paired = await againstBare(bench, ({ seconds }) =>
      measureLoad(bench, server, singlePosts(server, { until: { seconds } })),
    );
    return [
      ...pairedFigures(paired, { unit: "events/s", goal: atLeast(0.55) }),
      await memoryFigure(server.pid),
    ];
  },
};
