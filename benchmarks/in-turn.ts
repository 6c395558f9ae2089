import type { Bench } from "./bench.ts";
import type { Measured } from "./measure-load.ts";

export interface Round {
  readonly seconds: number;
  /** Its figures are thrown away. */
  readonly isWarmUp: boolean;
}

export type Measure = (round: Round) => Promise<Measured>;

/** Round i of one was measured right before round i of the other. */
export interface Paired {
  readonly reference: readonly Measured[];
  readonly subject: readonly Measured[];
}

/** Measures both in turn, in short rounds: a shared machine is up to twice as fast in some seconds as in others. */
export async function inTurn(bench: Bench, measureReference: Measure, measure: Measure): Promise<Paired> {
  // On a slow machine the compiler is still at work after 2 s.
  const warmUp: Round = { seconds: bench.pick(6, 1), isWarmUp: true };
  await measureReference(warmUp);
  await measure(warmUp);
  const reference: Measured[] = [];
  const subject: Measured[] = [];
  const rounds = bench.pick(7, 1);
  const round: Round = { seconds: bench.pick(2, 1), isWarmUp: false };
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

export function perSeconds(rounds: readonly Measured[]): readonly number[] {
  return rounds.map(({ perSecond }) => perSecond);
}

/** In ms, round by round. */
export function latenciesOf(rounds: readonly Measured[], name: "p50" | "p99"): readonly number[] {
  return rounds.map(({ latency }) => latency?.[name] ?? Number.NaN);
}
