import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "../e2e/harness/start-program.ts";
import { DATA_PARENT } from "./bench.ts";
import { hasWrk } from "./load/run-wrk.ts";
import { readCommit, readMachine } from "./machine.ts";
import { type Generator, HELP, type Options, OptionsError, readOptions } from "./options.ts";
import { openChild } from "./processes/open-child.ts";
import { makeProgress } from "./progress.ts";
import { readMachineCpu } from "./read-cpu.ts";
import { documentOf } from "./report/document.ts";
import { tablesOf } from "./report/print-tables.ts";
import type { Report } from "./report/report.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario, ScenarioResult } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";

const DOCUMENT = join(REPOSITORY, "docs/benchmarks.md");

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else await main(options);
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}

async function main(options: Options): Promise<void> {
  const scenarios = chosen(options);
  const report = await measure(options, scenarios);
  process.stdout.write(options.isJson ? `${JSON.stringify(report, null, 2)}\n` : tablesOf(report));
  if (!options.isQuick && options.only === null) {
    await writeFile(DOCUMENT, documentOf(report));
    process.stderr.write(`\nWritten: ${DOCUMENT}\n`);
  }
  if (report.scenarios.some(({ failure }) => failure !== null)) process.exitCode = 1;
}

function chosen({ only }: Options): readonly Scenario[] {
  const unknown = only?.find((number) => SCENARIOS.every((scenario) => scenario.number !== number));
  if (unknown !== undefined) throw new OptionsError(`There is no scenario ${unknown}.`);
  return SCENARIOS.filter(({ number }) => only === null || only.includes(number));
}

async function measure(options: Options, scenarios: readonly Scenario[]): Promise<Report> {
  const began = performance.now();
  const generator = generatorFor(options);
  const progress = makeProgress();
  progress.step("the machine, and the bare handler");
  const machine = await readMachine(DATA_PARENT);
  const before = await readMachineCpu();
  await using child = openChild<null, string>("./bare-server.ts");
  const bare = { url: await child.ask(null), pid: child.pid };
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    results.push(await runScenario(scenario, { options, generator, progress, bare }));
  }
  const seconds = (performance.now() - began) / 1_000;
  const stolen = (await readMachineCpu()).stolen - before.stolen;
  return {
    at: new Date().toISOString(),
    commit: readCommit(REPOSITORY),
    ...{ node: process.version, generator, isQuick: options.isQuick },
    ...{ seconds, stolenShare: stolen / (seconds * machine.cores), machine, scenarios: results },
  };
}

function generatorFor({ generator }: Options): Generator {
  if (generator === "wrk" && !hasWrk()) throw new OptionsError("wrk is not on the PATH.");
  return generator ?? (hasWrk() ? "wrk" : "own");
}
