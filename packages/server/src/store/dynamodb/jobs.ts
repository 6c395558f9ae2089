import { JOB_KINDS, type Job, type JobState } from "../../domain/job.ts";
import type { HeldJob, JobStore } from "../project-store.ts";
import { IS_ABSENT } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { bytesOf, type KeyedItem, numberOf, textOf } from "./item.ts";
import { jobKey, padTime } from "./keys.ts";
import { lastOf, readItem, readRows } from "./read-items.ts";
import { WORK_INDEX } from "./tables.ts";
import { putItem, removeItem } from "./write-items.ts";

const RUNNING_HASH = "jobs";
const FINISHED_HASH = "jobs-done";

interface JobRow {
  readonly job: Job;
  readonly fence: number;
  readonly until: number;
}

export function makeJobs(dynamo: Dynamo): JobStore {
  return {
    createJob: (job) => createJob(dynamo, job),
    readJob: async (projectId, id) => (await findJob(dynamo, projectId, id))?.job ?? null,
    takeJob: (request) => takeJob(dynamo, request),
    saveJob: (held, until) => saveJob(dynamo, held, until),
    cancelJob: (projectId, id, now) => cancelJob(dynamo, { projectId, id, now }),
    forgetJobs: (finishedBefore, limit) => forgetJobs(dynamo, finishedBefore, limit),
  };
}

export async function createJob(dynamo: Dynamo, job: Job): Promise<void> {
  const item = jobItem({ job, fence: 0, until: job.createdAt });
  await putItem(dynamo, "control", { item, condition: IS_ABSENT });
}

async function findJob(dynamo: Dynamo, projectId: string, id: string): Promise<JobRow | null> {
  const item = await readItem(dynamo, "control", jobKey(projectId, id));
  return item === null ? null : jobRow(item);
}

type TakeRequest = Parameters<JobStore["takeJob"]>[0];

async function takeJob(dynamo: Dynamo, { kinds, now, until }: TakeRequest): Promise<HeldJob | null> {
  const query = { table: "control", index: WORK_INDEX, hash: RUNNING_HASH, from: "0", limit: 20 } as const;
  for await (const { pk, sk } of readRows(dynamo, { ...query, to: lastOf(padTime(now)) })) {
    const item = await readItem(dynamo, "control", { pk, sk });
    const row = item === null ? null : jobRow(item);
    if (row === null || row.job.state !== "running" || row.until > now || !kinds.includes(row.job.kind))
      continue;
    const taken = { ...row, fence: row.fence + 1, until };
    if (await replace(dynamo, row, taken)) return { job: row.job, fence: taken.fence };
  }
  return null;
}

/** On the condition that nobody took it, saved it or ended it since. */
async function replace(dynamo: Dynamo, { fence, until }: JobRow, changed: JobRow): Promise<boolean> {
  const condition = {
    expression: "fe = :f AND un = :u AND js = :s",
    values: { f: fence, u: until, s: "running" },
  };
  return (await putItem(dynamo, "control", { item: jobItem(changed), condition })).isDone;
}

async function saveJob(dynamo: Dynamo, { job, fence }: HeldJob, until: number): Promise<"saved" | "lost"> {
  const condition = { expression: "fe = :f AND js = :s", values: { f: fence, s: "running" } };
  const item = jobItem({ job, fence, until });
  return (await putItem(dynamo, "control", { item, condition })).isDone ? "saved" : "lost";
}

const ROUNDS = 10;

async function cancelJob(
  dynamo: Dynamo,
  { projectId, id, now }: { readonly projectId: string; readonly id: string; readonly now: number },
): Promise<"cancelled" | "finished" | "not_found"> {
  for (let round = 0; round < ROUNDS; round++) {
    const row = await findJob(dynamo, projectId, id);
    if (row === null) return "not_found";
    if (row.job.state !== "running") return "finished";
    const job = { ...row.job, state: "cancelled", finishedAt: now } as const;
    if (await replace(dynamo, row, { ...row, job })) return "cancelled";
  }
  return "finished";
}

async function forgetJobs(dynamo: Dynamo, finishedBefore: number, limit: number): Promise<number> {
  const query = { table: "control", index: WORK_INDEX, hash: FINISHED_HASH, from: "0", limit } as const;
  let forgotten = 0;
  for await (const { pk, sk } of readRows(dynamo, { ...query, to: lastOf(padTime(finishedBefore - 1)) })) {
    if (forgotten >= limit) break;
    await removeItem(dynamo, "control", { key: { pk, sk }, condition: null });
    forgotten += 1;
  }
  return forgotten;
}

function jobItem({ job, fence, until }: JobRow): KeyedItem {
  return {
    ...jobKey(job.projectId, job.id),
    kd: job.kind,
    js: job.state,
    b: job.input,
    po: job.position,
    dn: job.done,
    tt: job.total,
    er: job.error,
    ca: job.createdAt,
    fa: job.finishedAt,
    fe: fence,
    un: until,
    ...workOf(job, until),
  };
}

function workOf({ projectId, id, state, finishedAt }: Job, until: number) {
  if (state === "running") return { w: RUNNING_HASH, ws: `${padTime(until)}#${projectId}#${id}` };
  return finishedAt === null ? {} : { w: FINISHED_HASH, ws: `${padTime(finishedAt)}#${projectId}#${id}` };
}

const STATES: readonly JobState[] = ["running", "done", "failed", "cancelled"];

export function jobRow(item: KeyedItem): JobRow {
  return {
    fence: numberOf(item, "fe") ?? 0,
    until: numberOf(item, "un") ?? 0,
    job: {
      projectId: item.pk.slice(2),
      id: item.sk.slice(2),
      kind: JOB_KINDS.find((kind) => kind === item.kd) ?? "replay",
      state: STATES.find((state) => state === item.js) ?? "failed",
      input: bytesOf(item, "b") ?? new Uint8Array(),
      position: textOf(item, "po"),
      done: numberOf(item, "dn") ?? 0,
      total: numberOf(item, "tt"),
      error: textOf(item, "er"),
      createdAt: numberOf(item, "ca") ?? 0,
      finishedAt: numberOf(item, "fa"),
    },
  };
}
