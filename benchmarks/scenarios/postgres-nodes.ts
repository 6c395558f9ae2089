import type { Program } from "../../e2e/harness/start-program.ts";
import type { Bench } from "../bench.ts";
import { type Figure, figure, medianFigure } from "../figure.ts";
import { type Measured, measureLoad, singlePosts } from "../measure-load.ts";
import { openPostgres } from "../open-postgres.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../summary.ts";

const COUNTS = [1, 2, 4] as const;

export const postgresNodes: Scenario = {
  number: 12,
  title: "1, 2 and 4 server processes on one PostgreSQL",
  method:
    "As scenario 11, with 64 connections shared out among the processes; one load generator each. Servers, generators and PostgreSQL share two cores: what bends the curve here is the machine, which the last lines show.",
  async run(bench) {
    await using postgres = await openPostgres();
    const servers: Program[] = [];
    const figures: Figure[] = [];
    for (const count of COUNTS) {
      while (servers.length < count) servers.push(await bench.startServer(postgres.env));
      bench.progress.step(`    ${count} processes`);
      await load(bench, servers, bench.pick(2, 1));
      const rounds: (readonly Measured[])[] = [];
      while (rounds.length < bench.pick(3, 1)) rounds.push(await load(bench, servers, bench.pick(5, 1)));
      figures.push(...figuresOf(count, rounds));
    }
    return figures;
  },
};

function load(bench: Bench, servers: readonly Program[], seconds: number): Promise<readonly Measured[]> {
  const connections = 64 / servers.length;
  return Promise.all(
    servers.map((server) =>
      measureLoad(bench, server, singlePosts(server, { connections, until: { seconds } })),
    ),
  );
}

function figuresOf(count: number, rounds: readonly (readonly Measured[])[]): readonly Figure[] {
  const name = count === 1 ? "1 process" : `${count} processes`;
  const sum = (of: (one: Measured) => number) =>
    rounds.map((round) => round.reduce((all, one) => all + of(one), 0));
  const machine = rounds.map((round) => median(round.map(({ machineCores }) => machineCores)));
  return [
    medianFigure(
      `throughput, ${name}`,
      sum(({ perSecond }) => perSecond),
      { unit: "events/s" },
    ),
    figure(`processor: ${name} together`, median(sum(({ serverCores }) => serverCores)), { unit: "cores" }),
    figure(`processor: whole machine, ${name}`, median(machine), { unit: "cores" }),
  ];
}
