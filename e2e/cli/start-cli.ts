import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Exit, REPOSITORY } from "../harness/start-program.ts";

const SCRIPT = `${REPOSITORY}packages/server/src/cli/triggers.ts`;

/** How a command is started; of the environment it has nothing but where programs are, and this. */
export interface CliOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Given to it and ended; without it, there is none. */
  readonly input?: string | Buffer;
  readonly cwd?: string;
}

export interface CliRun {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when it has ended and all was read. */
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the command line as a process of its own. */
export function startCli({ env, input, cwd }: CliOptions, ...args: readonly string[]): CliRun {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    cwd: cwd ?? REPOSITORY,
    env: { PATH: process.env.PATH, HOME: "/nonexistent", ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return {
    pid: child.pid ?? 0,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    exited: once(child, "close").then(([code, signal]) => ({ code, signal }) as Exit),
    kill: (signal) => void child.kill(signal),
  };
}

export interface CliEnd extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runCli(options: CliOptions, ...args: readonly string[]): Promise<CliEnd> {
  const run = startCli(options, ...args);
  const exit = await run.exited;
  return { ...exit, stdout: run.stdout(), stderr: run.stderr() };
}

/** What `--json` wrote: one object a line. */
export function jsonLines<T = Record<string, unknown>>(text: string): readonly T[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
