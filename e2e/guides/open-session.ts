import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { eventually } from "../harness/eventually.ts";
import { type Shell, startShell } from "../harness/start-shell.ts";
import type { Checkout } from "./open-checkout.ts";

const COMMAND_MS = 60_000;

/** The terminals of a reader, all in the checkout. What one command sets, the later ones have. */
export interface Session {
  /** Runs commands to their end; gives what they wrote. Rejects if one fails. */
  run(script: string): Promise<string>;
  /** Starts a command that goes on, and waits until what it wrote is enough. Of two that run the same npm script the second takes the place of the first. */
  start(command: string, isEnough: (output: string) => boolean): Promise<void>;
  save(name: string, text: string): Promise<void>;
  /** Everything that was written so far. */
  seen(): string;
  /** What the commands that go on have written. */
  ongoing(): string;
  /** Files that were saved and that no command named afterwards. */
  unused(): readonly string[];
  /** Ends what goes on. */
  stop(): Promise<void>;
}

export function openSession(checkout: Checkout, given: Readonly<Record<string, string>>): Session {
  const stays = new Map<string, Shell>();
  const unused = new Set<string>();
  const state = join(checkout.home, "state.sh");
  const env = { PATH: process.env.PATH ?? "", HOME: checkout.home, ...given };
  let printed = "";

  const ongoing = () => [...stays.values()].map((shell) => shell.output()).join("\n");
  const seen = () => `${printed}\n${ongoing()}`;
  const inState = (script: string) => {
    for (const name of unused) if (script.includes(name)) unused.delete(name);
    return `cd ${checkout.path}; touch ${state}; . ${state}\n${script}`;
  };
  return {
    seen,
    ongoing,
    unused: () => [...unused],
    async run(script) {
      const all = `set -ea\n${inState(script)}\nexport -p > ${state}`;
      const { error, output } = await runShell(all, { env, cwd: checkout.path });
      printed += `\n${output}`;
      if (error !== null) throw new Error(`${error.message}\n${output}`);
      return output;
    },
    async start(command, isEnough) {
      const name = /npm (?:run )?\S+/.exec(command)?.[0] ?? command;
      await stays.get(name)?.[Symbol.asyncDispose]();
      const shell = startShell(inState(command), env);
      stays.set(name, shell);
      await eventually(shell.output, isEnough);
    },
    async save(name, text) {
      unused.add(name);
      await writeFile(join(checkout.path, name), text);
    },
    async stop() {
      printed = seen();
      await Promise.all([...stays.values()].map((shell) => shell[Symbol.asyncDispose]()));
      stays.clear();
    },
  };
}

interface Ended {
  readonly error: Error | null;
  /** Both streams, as a terminal shows them, without colours. */
  readonly output: string;
}

async function runShell(
  script: string,
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<Ended> {
  let text = "";
  const error = await new Promise<Error | null>((resolve) => {
    const child = execFile("sh", ["-c", script], { ...options, timeout: COMMAND_MS }, resolve);
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: string) => {
        text += chunk;
      });
  });
  return { error, output: stripVTControlCharacters(text) };
}
