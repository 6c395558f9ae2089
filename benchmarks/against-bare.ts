import type { Bench } from "./bench.ts";
import { type Figure, type Goal, medianFigure, type Unit } from "./figure.ts";
import { type Measured, measureBare } from "./measure-load.ts";

export interface Round {
  readonly seconds: number;
  /** Its figures are thrown away. */
  readonly isWarmUp: boolean;
}

/** Round i of one was measured right before round i of the other. */
export interface Paired {
  readonly bare: readonly Measured[];
  readonly subject: readonly Measured[];
}

/** Measures the bare handler and the subject in turn. */
export async function againstBare(
  bench: Bench,
  measure: (round: Round) => Promise<Measured>,
): Promise<Paired> {
  // On a slow machine the compiler is still at work after 2 s.
  const warmUp: Round = { seconds: bench.pick(6, 1), isWarmUp: true };
  await measureBare(bench, warmUp.seconds);
  await measure(warmUp);
  const bare: Measured[] = [];
  const subject: Measured[] = [];
  const rounds = bench.pick(3, 1);
  const round: Round = { seconds: bench.pick(5, 1), isWarmUp: false };
  while (subject.length < rounds) {
    bare.push(await measureBare(bench, round.seconds));
    subject.push(await measure(round));
    bench.progress.done(subject.length, rounds);
  }
  return { bare, subject };
}

interface Shown {
  readonly unit: Unit;
  readonly goal: Goal | null;
}

export function pairedFigures({ bare, subject }: Paired, { unit, goal }: Shown): readonly Figure[] {
  const ratios = subject.map(({ perSecond }, index) => perSecond / (bare[index]?.perSecond ?? Number.NaN));
  return [
    medianFigure("throughput", perSeconds(subject), { unit }),
    medianFigure("bare handler, same minutes", perSeconds(bare), { unit: "requests/s" }),
    medianFigure("ratio", ratios, { unit: "× bare", ...(goal === null ? {} : { goal }) }),
    ...latencyFigures(subject),
    ...coreFigures(subject),
  ];
}

export function perSeconds(rounds: readonly Measured[]): readonly number[] {
  return rounds.map(({ perSecond }) => perSecond);
}

/** At full load, where latency says how long the queue is. */
export function latencyFigures(rounds: readonly Measured[]): readonly Figure[] {
  const latencies = rounds.flatMap(({ latency }) => (latency === null ? [] : [latency]));
  if (latencies.length === 0) return [];
  const of = (name: "p50" | "p99") => latencies.map((latency) => latency[name]);
  return [
    medianFigure("p50 at full load", of("p50"), { unit: "ms" }),
    medianFigure("p99 at full load", of("p99"), { unit: "ms" }),
  ];
}

export function coreFigures(rounds: readonly Measured[]): readonly Figure[] {
  const of = (name: "serverCores" | "generatorCores" | "machineCores") => rounds.map((round) => round[name]);
  return [
    medianFigure("processor: server", of("serverCores"), { unit: "cores" }),
    medianFigure("processor: load generator", of("generatorCores"), { unit: "cores" }),
    medianFigure("processor: whole machine", of("machineCores"), { unit: "cores" }),
  ];
}
