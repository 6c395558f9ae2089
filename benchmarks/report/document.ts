import type { Figure } from "../figure.ts";
import { ONE_EVENT } from "../load/event-text.ts";
import type { ScenarioResult } from "../scenario.ts";
import type { Report } from "./report.ts";
import { goalInWords, valueInWords, verdictInWords } from "./words.ts";

/** `docs/benchmarks.md`. */
export function documentOf(report: Report): string {
  return `${[
    "# Benchmarks",
    "",
    "Written by `npm run bench` (the programs are in `benchmarks/`). Do not edit it.",
    "",
    ...howToRead(),
    "## The run",
    "",
    ...runTable(report),
    "",
    "## Goals",
    "",
    ...goalTable(report.scenarios),
    "",
    ...report.scenarios.flatMap(section),
    "## Raw figures",
    "",
    ...rawOf(report),
  ].join("\n")}\n`;
}

function howToRead(): readonly string[] {
  return [
    "Server, load generator and receiver run on one machine, over the loopback. Absolute figures depend on the machine; what holds elsewhere is the",
    "ratio to the **bare handler**: a Fastify POST handler on the same Node that parses JSON, answers 201 and stores nothing. Both are measured in turn,",
    "one round of each after the other; the ratio is the median of the rounds' ratios. An answer that is not the expected one fails the scenario.",
    `Events have ${ONE_EVENT.length} bytes. All settings are the defaults but for \`TRIGGERS_RATE_LIMIT=1000000\` (counted, never reached) and, where said, others.`,
    "Each scenario starts on an empty data folder. The processor lines show which side was the bottleneck, and whether anything",
    "else ran: the server's entrance is one thread, so a server near or above 1 core, with its generator well below, is what was measured.",
    "",
  ];
}

function runTable({ at, commit, node, generator, machine, ...run }: Report): readonly string[] {
  const { processor, cores, memoryGigabytes, kernel, filesystem, syncMs } = machine;
  return table(
    ["", ""],
    [
      ["date", at],
      ["commit", commit],
      ["processor", `${processor}, ${cores} cores`],
      ["memory", `${memoryGigabytes.toFixed(0)} GiB`],
      ["kernel", kernel],
      [
        "disk",
        `${filesystem}; write of 4 KiB and fdatasync: p50 ${syncMs.p50.toFixed(2)} ms, p99 ${syncMs.p99.toFixed(2)} ms`,
      ],
      ["Node", node],
      [
        "load generator",
        generator === "wrk"
          ? "wrk, one thread; its own (`benchmarks/processes/send-load.ts`) for open loops and counted events"
          : "`benchmarks/processes/send-load.ts`",
      ],
      ["took", `${Math.round(run.seconds / 60)} minutes`],
      ["taken by the host for others", `${(100 * run.stolenShare).toFixed(1)} % of the processor time`],
    ],
  );
}

function goalTable(scenarios: readonly ScenarioResult[]): readonly string[] {
  const rows = scenarios.flatMap(({ number, title, figures, failure }) =>
    failure === null
      ? figures
          .filter(({ goal }) => goal !== null)
          .map((figure) => [`${number}. ${title}`, ...figureCells(figure)])
      : [[`${number}. ${title}`, "all", "", "", "**failed**"]],
  );
  return table(["scenario", "figure", "measured", "goal", ""], rows);
}

function section({ number, title, method, figures, failure }: ScenarioResult): readonly string[] {
  const body = failure === null ? figureTable(figures) : [`Failed: ${failure}`];
  return [`## ${number}. ${title}`, "", method, "", ...body, ""];
}

function figureTable(figures: readonly Figure[]): readonly string[] {
  const rows = figures.map((figure) => [...figureCells(figure), roundsCell(figure)]);
  return table(["figure", "measured", "goal", "", "rounds"], rows);
}

function figureCells(figure: Figure): readonly string[] {
  const verdict = verdictInWords(figure);
  return [
    figure.label,
    valueInWords(figure),
    goalInWords(figure.goal),
    verdict === "not met" ? "**not met**" : verdict,
  ];
}

function roundsCell({ rounds, unit }: Figure): string {
  return rounds.map((value) => valueInWords({ value, unit }).replace(unit, "").trim()).join(" · ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** A line for each scenario: label → [value, rounds…]. */
function rawOf({ scenarios, machine, ...run }: Report): readonly string[] {
  const lines = scenarios.map(({ number, seconds, failure, figures }) => {
    const raw = figures.map(({ label, unit, value, rounds }) => [label, unit, [value, ...rounds].map(short)]);
    return JSON.stringify({ scenario: number, seconds: short(seconds), failure, figures: raw });
  });
  return ["```json", JSON.stringify({ ...run, machine }), ...lines, "```"];
}

function short(value: number): number {
  return Number(value.toPrecision(5));
}
