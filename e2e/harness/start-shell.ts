import { spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { eventually } from "./eventually.ts";
import { REPOSITORY } from "./start-program.ts";

/** A command line that goes on until it is disposed of, with all that it started. */
export interface Shell extends AsyncDisposable {
  /** What it wrote, without colours. */
  output(): string;
  /** Resolves with the match when it has written this. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Runs a line in a shell, in the repository. */
export function startShell(line: string, env: Readonly<Record<string, string>> = {}): Shell {
  const { PATH, HOME } = process.env;
  const child = spawn("sh", ["-c", line], {
    cwd: REPOSITORY,
    env: { PATH, HOME, ...env },
    // A group of its own: npm starts others, which are to end with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  const output = () => stripVTControlCharacters(text);
  return {
    output,
    async shows(pattern) {
      await eventually(output, (written) => pattern.test(written));
      return pattern.exec(output()) as RegExpExecArray;
    },
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
      await closed;
    },
  };
}
