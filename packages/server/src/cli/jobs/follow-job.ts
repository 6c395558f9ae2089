import type { Job, Triggers } from "@triggers/client";
import type { Output } from "../output/output.ts";
import { makeProgressBar } from "../progress-bar.ts";

interface Parts {
  readonly triggers: Triggers;
  readonly output: Output;
}

/** Shows a job on a bar until it has ended, then what became of it; fails if it did not get done. */
export async function followJob(
  { triggers, output }: Parts,
  job: Job,
  { wait }: { readonly wait: boolean },
): Promise<void> {
  if (!wait) {
    output.row(
      job,
      `job ${job.id} (${wordsOf(job.kind)}) has begun; \`triggers jobs wait ${job.id}\` shows how it goes`,
    );
    return;
  }
  const bar = makeProgressBar();
  const onProgress = ({ kind, done, total }: Job) =>
    bar.show({ words: wordsOf(kind), done, total: total ?? done });
  const ended = await triggers.jobs.wait(job.id, { onProgress }).finally(() => bar.end());
  output.row(ended, jobWords(ended));
  if (ended.state !== "done") process.exitCode = 1;
}

export function jobWords({ id, kind, state, done, total, error }: Job): string {
  const how = `${state}, ${done}${total === null ? "" : ` of ${total}`}`;
  return `job ${id} (${wordsOf(kind)}): ${how}${error === null ? "" : `: ${error}`}`;
}

function wordsOf(kind: string): string {
  return kind.replaceAll("_", " ");
}
