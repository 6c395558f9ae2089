import { z } from "zod";
import { ATTEMPT_ERRORS } from "../../domain/attempt-result.ts";

export const testSendingOutput = z
  .object({
    request: z.object({
      url: z.string(),
      headers: z
        .record(z.string(), z.string())
        .meta({ description: "As they were sent, the values of the subscription's own ones masked." }),
      body: z.string(),
    }),
    response: z.object({
      status_code: z.int().nullable().meta({ description: "Null: there was no answer." }),
      error_code: z.enum(ATTEMPT_ERRORS).nullable().meta({ description: "Why there was no answer." }),
      duration_ms: z.int(),
      excerpt: z
        .string()
        .meta({ description: "The first 4 KiB of the answer; what is not UTF-8 is replaced." }),
    }),
  })
  .meta({ id: "TestSending" });
