import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput } from "../output/output.ts";
import { followJob, jobWords } from "./follow-job.ts";

export async function showJob(id: string, options: ConnectionOptions): Promise<void> {
  const { triggers } = await connect(options);
  const job = await triggers.jobs.get(id);
  makeOutput(options).row(job, jobWords(job));
}

export async function waitForJob(id: string, options: ConnectionOptions): Promise<void> {
  const { triggers } = await connect(options);
  await followJob({ triggers, output: makeOutput(options) }, await triggers.jobs.get(id), { wait: true });
}

export async function cancelJob(id: string, options: ConnectionOptions): Promise<void> {
  const { triggers } = await connect(options);
  const job = await triggers.jobs.cancel(id);
  makeOutput(options).row(job, jobWords(job));
}
