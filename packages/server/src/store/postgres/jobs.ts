import type { Job } from "../../domain/job.ts";
import type { HeldJob, JobStore } from "../project-store.ts";
import type { Session } from "./session.ts";
import { operatorSql, sql } from "./sql.ts";

export const COLUMNS =
  "project, id, kind, state, position, done, total, error, created_at, finished_at, input, fence";

export type JobTuple = readonly [
  projectId: string,
  id: string,
  kind: Job["kind"],
  state: Job["state"],
  position: string | null,
  done: number,
  total: number | null,
  error: string | null,
  createdAt: number,
  finishedAt: number | null,
  input: Uint8Array,
  fence: number,
];

export function jobOf(tuple: JobTuple): Job {
  const [projectId, id, kind, state, position, done, total, error, createdAt, finishedAt, input] = tuple;
  return { projectId, id, kind, state, input, position, done, total, error, createdAt, finishedAt };
}

const INSERT = sql(`INSERT INTO jobs (project, id, kind, state, position, done, total, error, created_at,
  finished_at, input, fence, held_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $9)
  ON CONFLICT (id) DO NOTHING`);

export async function createJob(db: Session, job: Job): Promise<void> {
  const { projectId, id, kind, state, input, position, done, total, error, createdAt, finishedAt } = job;
  await db.run(
    INSERT,
    ...[projectId, id, kind, state, position, done, total, error, createdAt, finishedAt, input],
  );
}

const READ = sql<JobTuple>(`SELECT ${COLUMNS} FROM jobs WHERE project = $1 AND id = $2`);

export async function readJob(
  db: Session,
  ...[projectId, id]: Parameters<JobStore["readJob"]>
): Promise<Job | null> {
  const tuple = await db.get(READ, projectId, id);
  return tuple === undefined ? null : jobOf(tuple);
}

/** A job that another node is taking just now is passed over. Its fence rises with the time, as those of shards do. */
const TAKE = operatorSql<JobTuple>(`UPDATE jobs SET fence = greatest(fence + 1, $1), held_until = $3
  WHERE n = (SELECT n FROM jobs WHERE state = 'running' AND held_until <= $1 AND kind = ANY ($2)
    ORDER BY held_until, n LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ${COLUMNS}`);

export async function takeJob(
  db: Session,
  { kinds, now, until }: Parameters<JobStore["takeJob"]>[0],
): Promise<HeldJob | null> {
  const tuple = await db.get(TAKE, now, kinds, until);
  return tuple === undefined ? null : { job: jobOf(tuple), fence: tuple[11] };
}

const SAVE = sql(`UPDATE jobs SET kind = $4, state = $5, position = $6, done = $7, total = $8, error = $9,
  created_at = $10, finished_at = $11, input = $12, held_until = $13
  WHERE project = $1 AND id = $2 AND fence = $3 AND state = 'running'`);

export async function saveJob(
  db: Session,
  ...[{ job, fence }, until]: Parameters<JobStore["saveJob"]>
): Promise<"saved" | "lost"> {
  const { projectId, id, kind, state, input, position, done, total, error, createdAt, finishedAt } = job;
  const saved = await db.run(
    SAVE,
    ...[projectId, id, fence, kind, state, position, done, total, error, createdAt, finishedAt, input, until],
  );
  return saved > 0 ? "saved" : "lost";
}

const CANCEL = sql(`UPDATE jobs SET state = 'cancelled', finished_at = $3
  WHERE project = $1 AND id = $2 AND state = 'running'`);

export async function cancelJob(
  db: Session,
  ...[projectId, id, now]: Parameters<JobStore["cancelJob"]>
): ReturnType<JobStore["cancelJob"]> {
  if ((await db.run(CANCEL, projectId, id, now)) > 0) return "cancelled";
  return (await db.get(READ, projectId, id)) === undefined ? "not_found" : "finished";
}

const FORGET = operatorSql(`DELETE FROM jobs WHERE n IN (SELECT n FROM jobs
  WHERE finished_at IS NOT NULL AND finished_at < $1 ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)`);

export function forgetJobs(
  db: Session,
  ...[finishedBefore, limit]: Parameters<JobStore["forgetJobs"]>
): Promise<number> {
  return db.run(FORGET, finishedBefore, limit);
}
