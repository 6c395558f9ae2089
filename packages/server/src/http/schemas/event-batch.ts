import { z } from "zod";
import { idOutput } from "./id.ts";
import { problemOutput } from "./problem.ts";
import { timeOutput } from "./time.ts";

/** What became of the items of a batch, in the order sent. */
export const batchOutput = z
  .object({
    created: z.int(),
    replayed: z.int(),
    failed: z.int(),
    results: z.array(
      z.union([
        z.object({
          outcome: z.enum(["created", "replayed"]),
          event_id: idOutput,
          timestamp: timeOutput,
        }),
        z.object({ outcome: z.literal("failed"), error: problemOutput }),
      ]),
    ),
  })
  .meta({ id: "EventBatch" });
