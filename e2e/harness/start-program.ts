import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { openTempFolder } from "./temp-folder.ts";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = `${REPOSITORY}packages/server/src/main.ts`;
const LISTENS = /listens on (https?:\/\/\S+)/;
const START_MS = 30_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How the program is started. Without `dataDir` it gets a folder of its own, which goes with it. */
export interface ProgramOptions {
  readonly dataDir?: string;
  /** Working folder; the repository if not given. */
  readonly cwd?: string;
  /** Null leaves a variable out that the harness would set. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** For node, before the script. */
  readonly nodeArgs?: readonly string[];
}

/** The program as a process of its own. It can be killed, stopped and started again on the same folder any number of times. */
export interface Program extends AsyncDisposable {
  readonly dataDir: string;
  /** A `project:admin` key of the first project. */
  readonly key: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of the present run: each run takes a free port. */
  readonly url: string;
  readonly pid: number;
  /** From the spawn to the listening line, of the present run. */
  readonly startMs: number;
  /** Everything that all runs wrote to standard output and standard error. */
  output(): string;
  /** Rejects with what the program wrote if it ends without listening. */
  start(): Promise<void>;
  /** Starts and resolves with its end and what it wrote in this run, for starts that are to fail. */
  startToFail(): Promise<Exit & { readonly output: string }>;
  /** Begins a start without waiting for it. */
  spawn(): void;
  kill(): Promise<void>;
  /** SIGSTOP: from now on it does nothing more, until it is killed. */
  freeze(): void;
  /** SIGTERM, and how long the end took. */
  stop(): Promise<Exit & { readonly stopMs: number }>;
}

/** Starts the program and waits until it listens. */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  const program = await prepareProgram(options);
  try {
    await program.start();
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
  return program;
}

/** The program, not yet started. */
export async function prepareProgram(options: ProgramOptions = {}): Promise<Program> {
  const folder = options.dataDir === undefined ? await openTempFolder() : null;
  const dataDir = options.dataDir ?? `${folder?.path}/data`;
  const key = options.env?.TRIGGERS_BOOTSTRAP_API_KEY ?? `e2e-${randomBytes(24).toString("hex")}`;
  const env = environment({
    TRIGGERS_PORT: "0",
    TRIGGERS_DATA_DIR: dataDir,
    TRIGGERS_BOOTSTRAP_API_KEY: key,
    ...options.env,
  });
  const output: Buffer[] = [];
  let run: Run | null = null;
  const present = (): Run => {
    if (run === null) throw new Error("The program was not started yet.");
    return run;
  };
  const launch = (): Run => {
    run = startRun(env, options, (chunk) => output.push(chunk));
    return run;
  };
  return {
    ...{ dataDir, key, env },
    get url() {
      return present().url();
    },
    get pid() {
      return present().child.pid ?? 0;
    },
    get startMs() {
      return present().startMs();
    },
    output: () => Buffer.concat(output).toString(),
    start: () => launch().listening,
    spawn: () => void launch().listening.catch(() => undefined),
    async startToFail() {
      const { listening, exited, output: outputOfRun, child } = launch();
      const isListening = await listening.then(
        () => true,
        () => false,
      );
      if (isListening) child.kill("SIGKILL");
      return { ...(await exited), output: outputOfRun() };
    },
    freeze: () => void present().child.kill("SIGSTOP"),
    async kill() {
      present().child.kill("SIGKILL");
      await present().exited;
    },
    async stop() {
      const began = performance.now();
      present().child.kill("SIGTERM");
      return { ...(await present().exited), stopMs: performance.now() - began };
    },
    async [Symbol.asyncDispose]() {
      run?.child.kill("SIGKILL");
      await run?.exited;
      await folder?.[Symbol.asyncDispose]();
    },
  };
}

interface Run {
  readonly child: ChildProcess;
  readonly listening: Promise<void>;
  readonly exited: Promise<Exit>;
  url(): string;
  startMs(): number;
  output(): string;
}

function startRun(
  env: NodeJS.ProcessEnv,
  { cwd = REPOSITORY, nodeArgs = [] }: ProgramOptions,
  keep: (chunk: Buffer) => void,
): Run {
  const began = performance.now();
  let url: string | null = null;
  let startMs = 0;
  let text = "";
  const child = spawn(process.execPath, [...nodeArgs, MAIN], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "close").then(([code, signal]) => ({ code, signal }) as Exit);
  const listening = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      keep(chunk);
      if (url !== null) return;
      text += chunk.toString();
      url = LISTENS.exec(stripVTControlCharacters(text))?.[1] ?? null;
      if (url === null) return;
      startMs = performance.now() - began;
      resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    const failed = (how: string) => reject(new Error(`The program ${how}. It wrote:\n${text}`));
    void exited.then(({ code, signal }) => failed(`ended (${signal ?? code}) before it listened`));
    setTimeout(() => failed(`did not listen within ${START_MS} ms`), START_MS).unref();
  });
  // Whoever starts a run looks at one of the two; the other must not count as unhandled.
  listening.catch(() => undefined);
  return {
    ...{ child, listening, exited },
    url: () => url ?? "http://not-listening.invalid",
    startMs: () => startMs,
    output: () => text,
  };
}

/** Nothing of the test runner's own environment but where programs and the home are. */
function environment(given: Readonly<Record<string, string | null>>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  const set = Object.entries(given).filter(([, value]) => value !== null);
  return { PATH, HOME, ...Object.fromEntries(set) };
}
