import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Program, REPOSITORY } from "./start-program.ts";

/** Runs a command of the program's command line with the settings of a program that is not running; rejects if it fails. */
export async function runCli({ env }: Program, ...args: readonly string[]): Promise<string> {
  const script = `${REPOSITORY}packages/server/src/cli/triggers.ts`;
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { env, cwd: REPOSITORY });
  return stdout;
}
