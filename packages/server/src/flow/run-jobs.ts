import type { IdSource } from "../domain/ids.ts";
import type { Job, JobKind } from "../domain/job.ts";
import type { HeldJob } from "../store/project-store.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";

/** A node that runs a job holds it so long at a time; after a crash another one goes on. */
const HOLD_MS = 30_000;

/** What came of one step: more to do, nothing left, or try again later. */
export interface Step {
  readonly done: number;
  readonly next: "go_on" | "finished" | "later";
}

export type RunStep = (job: Job, now: number) => Promise<Step>;

export interface RunJobs {
  /** Stores a job; it is run by whichever node takes it. */
  create(projectId: string, kind: JobKind, input: Readonly<Record<string, string>>): Promise<Job>;
  /** Looks for jobs soon. */
  kick(): void;
  /** Runs what there is to run until nothing is left or `close` was called. */
  tick(): Promise<void>;
  /** Takes no new step; resolves when the one under way has ended. */
  close(): Promise<void>;
}

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly nextId: IdSource;
  readonly steps: Readonly<Partial<Record<JobKind, RunStep>>>;
  readonly onError: (error: unknown) => void;
}

/** Runs jobs step by step; each step is saved before the next, and a node that lost a job to another stops it. */
export function makeRunJobs(parts: Parts): RunJobs {
  const { store, clock, nextId } = parts;
  let isClosed = false;
  let running: Promise<void> | null = null;
  const tick = () => {
    running ??= runAll(parts, () => isClosed)
      .catch(parts.onError)
      .finally(() => {
        running = null;
      });
    return running;
  };
  return {
    async create(projectId, kind, input) {
      const { id, at } = nextId(clock.now());
      const job: Job = {
        ...{ projectId, id, kind, state: "running", input: Buffer.from(JSON.stringify(input), "utf8") },
        ...{ position: null, done: 0, total: null, error: null, createdAt: at, finishedAt: null },
      };
      await store.createJob(job);
      return job;
    },
    kick: () => clock.soon(() => void tick()),
    tick,
    async close() {
      isClosed = true;
      await running;
    },
  };
}

async function runAll(parts: Parts, isClosed: () => boolean): Promise<void> {
  const kinds = Object.keys(parts.steps) as JobKind[];
  while (!isClosed()) {
    const now = parts.clock.now();
    const held = await parts.store.takeJob({ kinds, now, until: now + HOLD_MS });
    if (held === null) return;
    await runOne(parts, held, isClosed);
  }
}

async function runOne(
  { store, clock, steps }: Parts,
  first: HeldJob,
  isClosed: () => boolean,
): Promise<void> {
  const run = steps[first.job.kind];
  if (run === undefined) return;
  let held = first;
  for (;;) {
    const step = await run(held.job, clock.now());
    const now = clock.now();
    const isFinished = step.next === "finished";
    const job: Job = {
      ...held.job,
      done: held.job.done + step.done,
      ...(isFinished ? { state: "done", finishedAt: now } : {}),
    };
    held = { ...held, job };
    const goesOn = step.next === "go_on" && !isClosed();
    // One that is tried later stays held for a second, so that it does not keep the others waiting.
    const until = goesOn ? now + HOLD_MS : step.next === "later" ? now + 1_000 : now;
    const saved = await store.saveJob(held, until);
    if (!goesOn || saved === "lost") return;
  }
}
