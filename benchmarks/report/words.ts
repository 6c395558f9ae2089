import { type Figure, type Goal, isMet, type Unit } from "../figure.ts";

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const DIGITS: Partial<Record<Unit, number>> = { "× bare": 3, "×": 2, ms: 2, s: 2, cores: 2 };

export function valueInWords({ value, unit }: Pick<Figure, "value" | "unit">): string {
  const digits = DIGITS[unit];
  const number = digits === undefined ? GROUPED.format(value) : value.toFixed(digits);
  return unit === "" ? number : `${number} ${unit}`;
}

export function goalInWords(goal: Goal | null): string {
  if (goal === null) return "";
  return `${goal.kind === "at least" ? "≥" : "≤"} ${goal.bound}`;
}

export function verdictInWords(figure: Figure): string {
  const met = isMet(figure);
  if (met === null) return "";
  return met ? "met" : "not met";
}
