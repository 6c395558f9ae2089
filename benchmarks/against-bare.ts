import type { Bench } from "./bench.ts";
import { type Figure, type Goal, medianFigure, type Unit } from "./figure.ts";
import { inTurn, latenciesOf, type Measure, type Paired, perSeconds, ratiosOf } from "./in-turn.ts";
import { type Measured, measureBare } from "./measure-load.ts";

/** Measures the bare handler and the subject in turn. */
export function againstBare(bench: Bench, measure: Measure): Promise<Paired> {
  return inTurn(bench, ({ seconds }) => measureBare(bench, seconds), measure);
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

/** At full load, where latency says how long the queue is. */
export function latencyFigures(rounds: readonly Measured[]): readonly Figure[] {
  const timed = rounds.filter(({ latency }) => latency !== null);
  if (timed.length === 0) return [];
  return [
    medianFigure("p50 at full load", latenciesOf(timed, "p50"), { unit: "ms" }),
    medianFigure("p99 at full load", latenciesOf(timed, "p99"), { unit: "ms" }),
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
