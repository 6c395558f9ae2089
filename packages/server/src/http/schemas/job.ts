import { z } from "zod";
import { JOB_KINDS } from "../../domain/job.ts";
import { idOutput } from "./id.ts";
import { timeOutput } from "./time.ts";

const STATES = ["running", "done", "failed", "cancelled"] as const;

export const jobOutput = z
  .object({
    id: idOutput,
    kind: z.enum(JOB_KINDS),
    state: z.enum(STATES),
    done: z.int().meta({ description: "Deliveries made or changed so far." }),
    total: z.int().nullable().meta({ description: "How many there will be; null: it is not known." }),
    error: z.string().nullable().meta({ description: "Why it failed." }),
    created_at: timeOutput,
    finished_at: timeOutput.nullable(),
  })
  .meta({ id: "Job" });

export const countedOutput = z
  .object({
    count: z.int(),
    more: z
      .literal(true)
      .optional()
      .meta({ description: "There only if the count was cut: there are more than so many." }),
  })
  .meta({ id: "DryRun" });

/** What is answered when a job has begun. */
export const jobAnswer = {
  description: "The job that does it.",
  schema: jobOutput,
  headers: { Location: "The path of the job." },
};
