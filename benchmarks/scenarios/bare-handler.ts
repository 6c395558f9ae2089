import { coreFigures, latencyFigures } from "../against-bare.ts";
import type { Bench } from "../bench.ts";
import { type Figure, medianFigure } from "../figure.ts";
import { perSeconds } from "../in-turn.ts";
import { bareTarget, type Measured, measureBare, measureLoad, singlePosts } from "../measure-load.ts";
import type { Scenario } from "../scenario.ts";

export const bareHandler: Scenario = {
  number: 1,
  title: "Bare handler",
  method:
    "A Fastify POST handler that parses JSON, answers 201 and stores nothing: 64 connections, events of about 350 bytes. With either load generator, to show how much each takes from what it measures.",
  async run(bench) {
    const { seconds, rounds } = bench.pick({ seconds: 5, rounds: 3 }, { seconds: 1, rounds: 1 });
    await measureBare(bench, bench.pick(2, 1));
    const measured: Measured[] = [];
    while (measured.length < rounds) measured.push(await measureBare(bench, seconds));
    return [
      medianFigure("throughput", perSeconds(measured), { unit: "requests/s" }),
      ...latencyFigures(measured),
      ...coreFigures(measured),
      ...(bench.generator === "own" ? [] : await ownFigures(bench, seconds)),
    ];
  },
};

async function ownFigures(bench: Bench, seconds: number): Promise<readonly Figure[]> {
  const target = bareTarget(bench);
  const plan = singlePosts(target, { until: { seconds } });
  const measured = await measureLoad({ ...bench, generator: "own" }, target, plan);
  return [
    medianFigure("throughput with the own generator", [measured.perSecond], { unit: "requests/s" }),
    medianFigure("processor: own generator", [measured.generatorCores], { unit: "cores" }),
  ];
}
