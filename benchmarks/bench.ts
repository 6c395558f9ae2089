import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Program, REPOSITORY, startProgram } from "../e2e/harness/start-program.ts";
import type { Generator, Options } from "./options.ts";
import { type Child, openChild } from "./processes/open-child.ts";
import type { Received, ReceiverInput } from "./processes/receive.ts";
import type { Progress } from "./progress.ts";

/** Where servers keep their data: the disk of the checkout, because `/tmp` may be memory. */
export const DATA_PARENT = join(REPOSITORY, "data");

/** Counted, never reached. */
const RATE_LIMIT = "1000000";

/** Neither servers nor folders outlive a run that is broken off. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const INTERRUPTED = 130;
const LAST_WORDS = 1_000;

export interface Bare {
  readonly url: string;
  readonly pid: number;
}

export type Receiver = Child<ReceiverInput, Received>;

/** What a scenario works with. All that it starts ends with the scenario. */
export interface Bench {
  readonly isQuick: boolean;
  readonly generator: Generator;
  readonly progress: Progress;
  /** The bare handler, the same process for the whole run. */
  readonly bare: Bare;
  /** The first, or the second in a quick run. */
  pick<T>(full: T, quick: T): T;
  /** A server as it is delivered, on an empty folder. */
  startServer(env?: Readonly<Record<string, string>>): Promise<Program>;
  /** An endpoint for webhooks in a process of its own. */
  openReceiver(...args: readonly string[]): Receiver;
}

export interface OpenBench extends Bench, AsyncDisposable {
  /** For a scenario that failed: the end of what each server wrote. */
  lastWords(): string;
}

interface Given {
  readonly options: Options;
  readonly generator: Generator;
  readonly progress: Progress;
  readonly bare: Bare;
}

/** For one scenario. */
export async function openBench({ options, generator, progress, bare }: Given): Promise<OpenBench> {
  const { isQuick } = options;
  await mkdir(DATA_PARENT, { recursive: true });
  const folder = await mkdtemp(join(DATA_PARENT, "bench-"));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const interrupt = () => void stack.disposeAsync().finally(() => process.exit(INTERRUPTED));
  for (const signal of SIGNALS) process.once(signal, interrupt);
  stack.defer(() => SIGNALS.forEach((signal) => void process.off(signal, interrupt)));
  const servers: Program[] = [];
  return {
    ...{ isQuick, generator, progress, bare },
    pick: (full, quick) => (isQuick ? quick : full),
    async startServer(env = {}) {
      const program = await startProgram({
        dataDir: join(folder, String(servers.length)),
        env: { TRIGGERS_RATE_LIMIT: RATE_LIMIT, TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8", ...env },
      });
      servers.push(program);
      return stack.use(program);
    },
    openReceiver: (...args) => stack.use(openChild("./receive.ts", args)),
    lastWords: () => servers.map((server) => server.output().slice(-LAST_WORDS)).join("\n"),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
