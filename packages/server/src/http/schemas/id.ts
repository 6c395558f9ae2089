import { z } from "zod";
import { isUuid } from "../../domain/ids.ts";

/** The id of something, given by a caller. */
export function idInput(noun: string) {
  return z
    .string()
    .refine(isUuid, `must be the id of ${noun}`)
    .meta({ format: "uuid", description: `Id of ${noun}.` });
}

/** An id in an answer. */
export const idOutput = z.string().meta({ format: "uuid", description: "UUIDv7." });
