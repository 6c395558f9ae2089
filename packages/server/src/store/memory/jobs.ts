import type { Job } from "../../domain/job.ts";
import type { HeldJob, JobStore } from "../project-store.ts";
import { type JobRow, ownBytes, type Tables } from "./tables.ts";

export function makeJobs({ jobs }: Tables): JobStore {
  const find = (projectId: string, id: string) => {
    const row = jobs.get(id);
    return row?.job.projectId === projectId ? row : null;
  };
  return {
    createJob: async (job) => {
      if (!jobs.has(job.id)) jobs.set(job.id, { job: ownJob(job), fence: 0, until: job.createdAt });
    },
    readJob: async (projectId, id) => find(projectId, id)?.job ?? null,
    takeJob: async (request) => takeJob(jobs, request),
    saveJob: async ({ job, fence }, until) => {
      const row = find(job.projectId, job.id);
      if (row === null || row.fence !== fence || row.job.state !== "running") return "lost";
      row.job = ownJob(job);
      row.until = until;
      return "saved";
    },
    cancelJob: async (projectId, id, now) => {
      const row = find(projectId, id);
      if (row === null) return "not_found";
      if (row.job.state !== "running") return "finished";
      row.job = Object.freeze({ ...row.job, state: "cancelled", finishedAt: now });
      return "cancelled";
    },
    forgetJobs: async (finishedBefore, limit) => {
      const due = [...jobs.values()].filter(
        ({ job }) => job.finishedAt !== null && job.finishedAt < finishedBefore,
      );
      const forgotten = due.slice(0, limit);
      for (const { job } of forgotten) jobs.delete(job.id);
      return forgotten.length;
    },
  };
}

function takeJob(
  jobs: ReadonlyMap<string, JobRow>,
  request: Parameters<JobStore["takeJob"]>[0],
): HeldJob | null {
  const { kinds, now, until } = request;
  let longest: JobRow | null = null;
  for (const row of jobs.values()) {
    const isFree = row.job.state === "running" && kinds.includes(row.job.kind) && row.until <= now;
    if (isFree && (longest === null || row.until < longest.until)) longest = row;
  }
  if (longest === null) return null;
  longest.fence += 1;
  longest.until = until;
  return { job: longest.job, fence: longest.fence };
}

function ownJob(job: Job): Job {
  return Object.freeze({ ...job, input: ownBytes(job.input) });
}
