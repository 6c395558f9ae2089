import type { FastifyReply } from "fastify";
import type { Job } from "../domain/job.ts";
import type { Counted } from "../flow/views.ts";
import { formatTime } from "./time.ts";

/** A job as it is answered. */
export function renderJob({ id, kind, state, done, total, error, createdAt, finishedAt }: Job) {
  return {
    id,
    kind,
    state,
    done,
    total,
    error,
    created_at: formatTime(createdAt),
    finished_at: finishedAt === null ? null : formatTime(finishedAt),
  };
}

/** Answers with a job that has begun (202). */
export function answerJob(reply: FastifyReply, job: Job) {
  reply.code(202).header("location", `/v1/jobs/${job.id}`);
  return renderJob(job);
}

/** What a dry run has counted, and whether there are more than that. */
export function answerCount({ count, more }: Counted) {
  return more ? { count, more } : { count };
}
