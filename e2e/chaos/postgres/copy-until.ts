import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Exit, REPOSITORY } from "../../harness/start-program.ts";

const SCRIPT = `${REPOSITORY}packages/server/src/cli/triggers.ts`;

export interface Progress {
  readonly step: "copy" | "check";
  readonly kind: string;
  readonly done: number;
  readonly total: number;
}

export interface CopyRun extends Exit {
  readonly errors: string;
  /** The last that was told. */
  readonly last: Progress | null;
  readonly tookMs: number;
  /** When each step was first told of, in ms from the start, in their order. */
  readonly steps: ReadonlyMap<string, number>;
}

export interface Copy {
  readonly env: NodeJS.ProcessEnv;
  readonly from: string;
  readonly to: string;
}

/** Runs `triggers store copy`, and kills it as soon as it has come so far. */
export async function copyUntil(
  { env, from, to }: Copy,
  isFarEnough: (progress: Progress) => boolean,
): Promise<CopyRun> {
  const began = performance.now();
  const child = spawn(process.execPath, [SCRIPT, "store", "copy", "--from", from, "--to", to, "--json"], {
    ...{ env, cwd: REPOSITORY, stdio: ["ignore", "pipe", "pipe"] },
  });
  let errors = "";
  let last: Progress | null = null;
  const steps = new Map<string, number>();
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    last = JSON.parse(line) as Progress;
    const step = `${last.step} ${last.kind}`;
    if (!steps.has(step)) steps.set(step, Math.round(performance.now() - began));
    if (isFarEnough(last)) child.kill("SIGKILL");
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, errors, last, tookMs: performance.now() - began, steps };
}
