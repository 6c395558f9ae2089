import { z } from "zod";
import { parseTime } from "../time.ts";

const EXAMPLE = "2026-11-22T10:00:00.000Z";

/** A time in a body or a query; gives ms since the epoch. */
export const timeInput = z
  .string()
  .transform((text, context): number => {
    const at = parseTime(text);
    if (at !== null) return at;
    context.addIssue({ code: "custom", message: `must be a time as RFC 3339 writes it, such as ${EXAMPLE}` });
    return z.NEVER;
  })
  .meta({ format: "date-time", examples: [EXAMPLE] });

/** A time in an answer: RFC 3339 in UTC with milliseconds. */
export const timeOutput = z.string().meta({ format: "date-time", examples: [EXAMPLE] });
