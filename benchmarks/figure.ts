import { median } from "./summary.ts";

export type Unit = "events/s" | "requests/s" | "× bare" | "×" | "ms" | "s" | "MB" | "cores" | "";

export interface Goal {
  readonly kind: "at least" | "at most";
  readonly bound: number;
}

/** One line of the result. `rounds`: what `value` is the median of. */
export interface Figure {
  readonly label: string;
  readonly value: number;
  readonly unit: Unit;
  readonly goal: Goal | null;
  readonly rounds: readonly number[];
}

interface Given {
  readonly unit: Unit;
  readonly goal?: Goal;
}

export function figure(label: string, value: number, { unit, goal }: Given): Figure {
  return { label, value, unit, goal: goal ?? null, rounds: [] };
}

/** The median of some rounds, which are kept. */
export function medianFigure(label: string, rounds: readonly number[], { unit, goal }: Given): Figure {
  return { label, value: median(rounds), unit, goal: goal ?? null, rounds };
}

export const atLeast = (bound: number): Goal => ({ kind: "at least", bound });
export const atMost = (bound: number): Goal => ({ kind: "at most", bound });

/** Null without a goal. */
export function isMet({ value, goal }: Figure): boolean | null {
  if (goal === null) return null;
  return goal.kind === "at least" ? value >= goal.bound : value <= goal.bound;
}
