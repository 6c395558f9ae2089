import type { Bench } from "./bench.ts";
import { type Figure, type Goal, medianFigure, type Unit } from "./figure.ts";
import { type Measured, measureBare } from "./measure-load.ts";

export interface Round {
  readonly seconds: number;
  /** Its figures are thrown away. */
  readonly isWarmUp: boolean;
}

type Measure = (round: Round) => Promise<Measured>;

/** Round i of one was measured right before round i of the other. */
export interface Paired {
  readonly reference: readonly Measured[];
  readonly subject: readonly Measured[];
}

/** Measures the bare handler and the subject in turn. */
export function againstBare(bench: Bench, measure: Measure): Promise<Paired> {
  return inTurn(bench, ({ seconds }) => measureBare(bench, seconds), measure);
}

/** Measures both in turn: the machine is not equally fast in all minutes. */
export async function inTurn(bench: Bench, measureReference: Measure, measure: Measure): Promise<Paired> {
  // On a slow machine the compiler is still at work after 2 s.
  const warmUp: Round = { seconds: bench.pick(6, 1), isWarmUp: true };
  await measureReference(warmUp);
  await measure(warmUp);
  const reference: Measured[] = [];
  const subject: Measured[] = [];
  const rounds = bench.pick(3, 1);
  const round: Round = { seconds: bench.pick(5, 1), isWarmUp: false };
  while (subject.length < rounds) {
    reference.push(await measureReference(round));
    subject.push(await measure(round));
    bench.progress.done(subject.length, rounds);
  }
  return { reference, subject };
}

/** How many times as much as the reference the subject did, round by round. */
export function ratiosOf({ reference, subject }: Paired): readonly number[] {
  return subject.map(({ perSecond }, index) => perSecond / (reference[index]?.perSecond ?? Number.NaN));
}

interface Shown {
  readonly unit: Unit;
  readonly goal: Goal | null;
}

/** Of a subject and the bare handler. */
export function pairedFigures(paired: Paired, { unit, goal }: Shown): readonly Figure[] {
  const { reference, subject } = paired;
  return [
    medianFigure("throughput", perSeconds(subject), { unit }),
    medianFigure("bare handler, same minutes", perSeconds(reference), { unit: "requests/s" }),
    medianFigure("ratio", ratiosOf(paired), { unit: "× bare", ...(goal === null ? {} : { goal }) }),
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
