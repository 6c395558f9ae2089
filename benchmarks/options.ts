import { parseArgs } from "node:util";

export type Generator = "wrk" | "own";

export interface Options {
  /** Numbers of scenarios; null: all. */
  readonly only: readonly number[] | null;
  readonly isQuick: boolean;
  readonly isJson: boolean;
  /** Null: wrk if it is on the PATH. */
  readonly generator: Generator | null;
}

export const HELP = `npm run bench -- [options]

  --only 2,4         only these scenarios
  --quick            short rounds, to see that it works: the figures mean nothing
  --json             prints JSON instead of tables
  --generator NAME   wrk or own; without it wrk if it is on the PATH
  --help

A run of all scenarios without --quick writes docs/benchmarks.md. It needs Linux, two idle cores and 10 GB of disk.
`;

export class OptionsError extends Error {}

/** Null: help was asked for. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseOrRefuse(args);
  if (values.help === true) return null;
  return {
    only: values.only === undefined ? null : numbersIn(values.only),
    isQuick: values.quick === true,
    isJson: values.json === true,
    generator: values.generator === undefined ? null : generatorOf(values.generator),
  };
}

function parseOrRefuse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        quick: { type: "boolean" },
        json: { type: "boolean" },
        generator: { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function numbersIn(text: string): readonly number[] {
  const numbers = text.split(",").map(Number);
  if (numbers.every((number) => Number.isInteger(number))) return numbers;
  throw new OptionsError("--only takes numbers of scenarios, separated by commas.");
}

function generatorOf(text: string): Generator {
  if (text === "wrk" || text === "own") return text;
  throw new OptionsError("--generator is wrk or own.");
}
