import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

const README = new URL("../../README.md", import.meta.url);

/** The TypeScript of the README as programs: each block goes on from the first one. */
export async function readReadmeBlocks(): Promise<string[]> {
  const text = await readFile(README, "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  const [first = "", ...others] = blocks;
  return [first, ...others.map((block) => `${first}\n${block}`)];
}

export interface ProgramRun {
  readonly node: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** When this stands in its output, the program is told to end. */
  readonly stopAt: string | null;
}

/** Runs a program to its end; gives what it wrote. Rejects if it fails. */
export function runProgram({ node, path, env, stopAt }: ProgramRun): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(node, [path], { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`${error.message}\n${stdout}`));
    });
    let output = "";
    let isTold = stopAt === null;
    child.stdout?.on("data", (chunk: string) => {
      output += chunk;
      if (isTold || !output.includes(stopAt ?? "")) return;
      isTold = true;
      child.kill("SIGTERM");
    });
  });
}
