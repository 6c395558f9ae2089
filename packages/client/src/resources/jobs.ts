import type { Call } from "../connection/call.ts";
import { pause } from "../connection/deadline.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import { TriggersError } from "../connection/triggers-error.ts";
import type * as wire from "../generated/types.gen.ts";

export interface WaitOptions extends RequestOptions {
  /** Told each time the job has gone on. */
  readonly onProgress?: (job: wire.Job) => void;
  /** For the job to finish. Default: no limit. */
  readonly waitMs?: number;
}

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 5_000;

/** What runs on after its request: replays, redrives of many, back-fills. */
export class Jobs {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  get(id: string, options?: RequestOptions): Promise<wire.Job> {
    return this.#call.json<wire.GetJobData, wire.Job>({
      ...{ method: "GET", url: "/v1/jobs/{id}", path: { id }, options },
    });
  }

  cancel(id: string, options?: RequestOptions): Promise<wire.Job> {
    return this.#call.json<wire.CancelJobData, wire.Job>({
      ...{ method: "POST", url: "/v1/jobs/{id}/cancel", path: { id }, options },
    });
  }

  /** Resolves when the job has finished, however: see its `state`. Looks at it each 0.1 s at first, then less and less often, at last each 5 s. */
  async wait(
    id: string,
    { onProgress, waitMs = Number.POSITIVE_INFINITY, ...options }: WaitOptions = {},
  ): Promise<wire.Job> {
    const endsAt = performance.now() + waitMs;
    let seen = "";
    for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(LONGEST_LOOK_MS, lookMs * 1.5)) {
      const job = await this.get(id, options);
      const now = `${job.state} ${job.done}/${job.total}`;
      if (now !== seen) onProgress?.(job);
      seen = now;
      if (job.state !== "running") return job;
      if (performance.now() + lookMs > endsAt) throw stillRunning(job);
      await pause(lookMs, options.signal);
    }
  }
}

function stillRunning({ id, done, total }: wire.Job): TriggersError {
  const detail = `The job ${id} still runs, ${done} of ${total ?? "an unknown number"} done. Wait for it again, or cancel it.`;
  return new TriggersError({ code: "timeout", detail });
}
