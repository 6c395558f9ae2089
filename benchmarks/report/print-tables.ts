import type { ScenarioResult } from "../scenario.ts";
import type { Report } from "./report.ts";
import { goalInWords, valueInWords, verdictInWords } from "./words.ts";

/** For people at a terminal. */
export function tablesOf(report: Report): string {
  const lines = report.scenarios.flatMap((result) => ["", ...tableOf(result)]);
  const end = report.isQuick ? ["", "A quick run: it shows that all works, its figures mean nothing."] : [];
  return `${[...lines, ...end].join("\n")}\n`;
}

function tableOf({ number, title, figures, failure }: ScenarioResult): readonly string[] {
  const head = `${number}. ${title}`;
  if (failure !== null) return [head, `  failed: ${failure}`];
  const rows = figures.map((figure) => [
    figure.label,
    valueInWords(figure),
    goalInWords(figure.goal),
    verdictInWords(figure),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = ([label = "", value = "", goal = "", verdict = ""]: readonly string[]) =>
    `  ${label.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${goal.padEnd(widths[2] ?? 0)}  ${verdict}`;
  return [head, ...rows.map((row) => line(row).trimEnd())];
}
