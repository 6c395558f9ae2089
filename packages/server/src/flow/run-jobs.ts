import { TriggersError } from "../domain/errors.ts";
import type { IdSource } from "../domain/ids.ts";
import type { Job, JobKind } from "../domain/job.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { requireSeal } from "./require-seal.ts";

/** A node that runs a job holds it so long at a time; after a crash another one goes on. */
const HOLD_MS = 30_000;
/** What cannot go on yet is tried again after this. */
const LATER_MS = 1_000;

/** What came of one step: more to do, nothing left, or try again later. */
export interface Step {
  readonly done: number;
  readonly next: "go_on" | "finished" | "later";
  /** Where the next step goes on, in words of its kind. */
  readonly position?: string | null;
  /** How long the next step waits at least, for jobs with a pace. */
  readonly waitMs?: number;
}

export type RunStep = (job: Job, now: number) => Promise<Step>;

export interface RunJobs {
  /** Stores a job; it is run by whichever node takes it. */
  create(projectId: string, kind: JobKind, input: object): Promise<Job>;
  /** Looks for jobs soon. */
  kick(): void;
  /** Runs what there is to run until nothing is left or `close` was called. */
  tick(): Promise<void>;
  /** Takes no new step; resolves when the one under way has ended. */
  close(): Promise<void>;
}

interface Parts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly nextId: IdSource;
  /** Asked for when a job is run: steps may make jobs themselves. */
  readonly steps: () => Readonly<Record<JobKind, RunStep>>;
  readonly onError: (error: unknown) => void;
}

/** Runs jobs step by step; each step is saved before the next, and a node that lost a job to another stops it. */
export function makeRunJobs(parts: Parts): RunJobs {
  const { store, clock, nextId } = parts;
  let isClosed = false;
  let running: Promise<void> | null = null;
  const kick = () => clock.soon(() => void tick());
  const control = { isClosed: () => isClosed, kick };
  const tick = () => {
    running ??= runAll(parts, control)
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
        ...{
          projectId,
          id,
          kind,
          state: "running",
          input: await packInput(parts.sealer, { projectId, id, kind, input }),
        },
        ...{ position: null, done: 0, total: null, error: null, createdAt: at, finishedAt: null },
      };
      await store.createJob(job);
      return job;
    },
    kick,
    tick,
    async close() {
      isClosed = true;
      await running;
    },
  };
}

/** One step of whichever job has waited longest, again and again: a long job does not keep a short one waiting. */
async function runAll(parts: Parts, { isClosed, kick }: Control): Promise<void> {
  const kinds = Object.keys(parts.steps()) as JobKind[];
  while (!isClosed()) {
    const now = parts.clock.now();
    const held = await parts.store.takeJob({ kinds, now, until: now + HOLD_MS });
    if (held === null) return;
    const { job, pauseMs } = await runStep(parts, held.job);
    await parts.store.saveJob({ ...held, job }, parts.clock.now() + pauseMs);
    if (pauseMs > 0) parts.clock.after(pauseMs, kick);
  }
}

interface Control {
  readonly isClosed: () => boolean;
  readonly kick: () => void;
}

interface Stepped {
  readonly job: Job;
  readonly pauseMs: number;
}

async function runStep({ clock, steps, sealer }: Parts, job: Job): Promise<Stepped> {
  try {
    const step = await steps()[job.kind]({ ...job, input: await openInput(sealer, job) }, clock.now());
    const { done, next, position = job.position, waitMs = 0 } = step;
    const progressed = { ...job, done: job.done + done, position };
    if (next === "finished")
      return { job: { ...progressed, state: "done", finishedAt: clock.now() }, pauseMs: 0 };
    return { job: progressed, pauseMs: Math.ceil(Math.max(waitMs, next === "later" ? LATER_MS : 0)) };
  } catch (error) {
    // A refusal will be the same the next time; anything else may pass, and the job is taken again when its hold ends.
    if (!(error instanceof TriggersError) || isPassing(error)) throw error;
    return { job: { ...job, state: "failed", error: error.detail, finishedAt: clock.now() }, pauseMs: 0 };
  }
}

function isPassing({ code }: TriggersError): boolean {
  return code === "storage_unavailable" || code === "storage_full" || code === "overloaded";
}

/** These have only ids in their input; a deleted project has no key to seal with. */
const PLAIN_KINDS: readonly JobKind[] = [
  "delete_project",
  "delete_subscription",
  "end_subscription",
  "back_fill",
];

interface NewInput extends Pick<Job, "projectId" | "id" | "kind"> {
  readonly input: object;
}

/** Filters and reasons may hold personal data: they are sealed. */
async function packInput(sealer: Sealer, { projectId, id, kind, input }: NewInput): Promise<Uint8Array> {
  const plain = Buffer.from(JSON.stringify(input), "utf8");
  if (PLAIN_KINDS.includes(kind)) return plain;
  return (await requireSeal(sealer, projectId)).seal(id, "job", [plain]);
}

async function openInput(sealer: Sealer, { projectId, id, kind, input }: Job): Promise<Uint8Array> {
  if (PLAIN_KINDS.includes(kind)) return input;
  return (await requireSeal(sealer, projectId)).open(id, "job", input);
}

/** The input of a job, opened, as its kind wrote it. */
export function readJobInput<T>(job: Job): T {
  return JSON.parse(Buffer.from(job.input).toString("utf8")) as T;
}

export async function readJob(store: Pick<Store, "readJob">, projectId: string, id: string): Promise<Job> {
  const job = await store.readJob(projectId, id);
  if (job === null) throw new TriggersError("not_found", "There is no job with this id.");
  return job;
}
