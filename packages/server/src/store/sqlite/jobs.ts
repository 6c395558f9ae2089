import type { Job } from "../../domain/job.ts";
import type { HeldJob, JobStore } from "../project-store.ts";
import type { Database } from "./open-database.ts";
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

export function jobOf(tuple: readonly [...JobTuple, ...unknown[]]): Job {
  const [projectId, id, kind, state, position, done, total, error, createdAt, finishedAt, input] = tuple;
  return { projectId, id, kind, state, input, position, done, total, error, createdAt, finishedAt };
}

const INSERT =
  sql(`INSERT INTO jobs (project, id, kind, state, position, done, total, error, created_at, finished_at,
  input, fence, held_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING`);

export function createJob(db: Database, job: Job): void {
  const { projectId, id, kind, state, input, position, done, total, error, createdAt, finishedAt } = job;
  db.run(
    INSERT,
    ...[projectId, id, kind, state, position, done, total, error, createdAt, finishedAt, input, createdAt],
  );
}

const READ = sql<JobTuple>(`SELECT ${COLUMNS} FROM jobs WHERE project = ? AND id = ?`);

export function readJob(db: Database, ...[projectId, id]: Parameters<JobStore["readJob"]>): Job | null {
  const tuple = db.get(READ, projectId, id);
  return tuple === undefined ? null : jobOf(tuple);
}

const LONGEST_WAITING = operatorSql<JobTuple>(`SELECT ${COLUMNS} FROM jobs
  WHERE state = 'running' AND held_until <= ? AND kind IN (SELECT value FROM json_each(?))
  ORDER BY held_until, n LIMIT 1`);
const TAKE = sql("UPDATE jobs SET fence = ?, held_until = ? WHERE project = ? AND id = ?");

export function takeJob(
  db: Database,
  { kinds, now, until }: Parameters<JobStore["takeJob"]>[0],
): HeldJob | null {
  const tuple = db.get(LONGEST_WAITING, now, JSON.stringify(kinds));
  if (tuple === undefined) return null;
  const job = jobOf(tuple);
  const fence = tuple[11] + 1;
  db.run(TAKE, fence, until, job.projectId, job.id);
  return { job, fence };
}

const SAVE =
  sql(`UPDATE jobs SET kind = ?, state = ?, position = ?, done = ?, total = ?, error = ?, created_at = ?,
  finished_at = ?, input = ?, held_until = ? WHERE project = ? AND id = ? AND fence = ? AND state = 'running'`);

export function saveJob(
  db: Database,
  ...[{ job, fence }, until]: Parameters<JobStore["saveJob"]>
): "saved" | "lost" {
  const { projectId, id, kind, state, input, position, done, total, error, createdAt, finishedAt } = job;
  const saved = db.run(
    SAVE,
    ...[kind, state, position, done, total, error, createdAt, finishedAt, input, until],
    ...[projectId, id, fence],
  );
  return saved > 0 ? "saved" : "lost";
}

const CANCEL = sql(`UPDATE jobs SET state = 'cancelled', finished_at = ?
  WHERE project = ? AND id = ? AND state = 'running'`);

export function cancelJob(
  db: Database,
  ...[projectId, id, now]: Parameters<JobStore["cancelJob"]>
): Awaited<ReturnType<JobStore["cancelJob"]>> {
  if (db.run(CANCEL, now, projectId, id) > 0) return "cancelled";
  return db.get(READ, projectId, id) === undefined ? "not_found" : "finished";
}

const FORGET = operatorSql(
  "DELETE FROM jobs WHERE n IN (SELECT n FROM jobs WHERE finished_at IS NOT NULL AND finished_at < ? LIMIT ? + 0)",
);

export function forgetJobs(
  db: Database,
  ...[finishedBefore, limit]: Parameters<JobStore["forgetJobs"]>
): number {
  return db.run(FORGET, finishedBefore, limit);
}
